"""Cards: how a category becomes numbers, and what a table of vectors costs."""

from embedviz.course.drills.card import Card, FollowUp

CARDS: list[Card] = [
    Card(
        name="lookup as a product",
        topic="lookup is a matrix product",
        kind="derive",
        question="Show that looking up row $i$ of an embedding table is the product of a one-hot vector and a matrix. "
        "Why does nobody compute it so?",
        answer="Write the category as $x \\in \\{0, 1\\}^N$ with a single 1 at place $i$, and the table as "
        "$W \\in \\mathbb R^{N \\times d}$. Then $(x^\\top W)_k = \\sum_j x_j W_{jk} = W_{ik}$, since all other "
        "$x_j$ are zero: the product is row $i$. So an embedding layer is a linear layer without a bias on one-hot "
        "input, and whatever holds for linear layers holds for it. Nobody multiplies, because $N d$ products, nearly "
        "all with zero, copy $d$ numbers. For our books that is {{ len(books.books) * 50 | 109,650 }} products for 50 "
        "numbers. The gradient has the same shape: $\\partial L / \\partial W = x\\, g^\\top$, which is $g$ in row $i$ "
        "and zero elsewhere. A batch that holds a category twice adds both gradients into its row. That is why "
        "frequent categories learn fast and rare ones hardly move, and why optimizers have a sparse mode.",
        points=(
            "one-hot times matrix picks a row",
            "lookup saves the multiplication by zeros",
            "the gradient is zero but in the rows looked up",
            "repeated rows in a batch add up",
        ),
        weak="Says that a table is like a dictionary, without the product, and so cannot say what its gradient is.",
        follow_ups=(
            FollowUp(
                "What does the gradient look like if the same category comes three times in a batch?",
                "Its row gets the sum of the three gradients; `scatter_add` or `index_add_`, not an assignment, "
                "which would keep only the last.",
            ),
            FollowUp(
                "And a bag of categories, a user's history for instance?",
                "The input is a vector of counts, or of counts divided by their sum: the product is then the sum or "
                "the mean of the rows.",
            ),
        ),
        source="[Guo & Berkhahn 2016, *Entity Embeddings of Categorical Variables*](https://arxiv.org/abs/1604.06737), "
        "section 3",
        place=(1, "3. An embedding is one-hot times a matrix"),
    ),
]
