"""Cards: how a category becomes numbers, and what a table of vectors costs."""

from embedviz.course.drills.card import Card, FollowUp

CARDS: list[Card] = [
    Card(
        name="lookup as a product",
        topic="lookup is a matrix product",
        kind="derive",
        question="Show that looking up row $i$ of an embedding table is the product of a one-hot vector and a matrix. "
        "Why does nobody compute it so?",
        answer="Write the category as $x \\in \\{0, 1\\}^N$ with a single 1 at place $i$, and the table as $W \\in "
        "\\mathbb R^{N \\times d}$. Then $(x^\\top W)_k = \\sum_j x_j W_{jk} = W_{ik}$, since all other $x_j$ are "
        "zero: the product is row $i$. So an embedding layer is a linear layer without a bias on one-hot input, and "
        "whatever holds for linear layers holds for it. Nobody computes it so, because that takes $N d$ "
        "multiplications, nearly all of them by zero, to copy $d$ numbers. For our books that is {{ len(books.books) * "
        "50 | 109,650 }} products for 50 numbers. The gradient has the same shape: $\\partial L / \\partial W = x\\, "
        "g^\\top$, which is $g$ in row $i$ and zero elsewhere. If a batch holds a category twice, both gradients are "
        "added into its row. Two things follow: a row moves only when its category comes up, so rare categories hardly "
        "move; and a batch changes at most $B$ of the $N$ rows, which is why frameworks have sparse gradients.",
        points=(
            "one-hot times matrix picks a row",
            "lookup saves the multiplication by zeros",
            "the gradient is zero except in the rows looked up",
            "repeated rows in a batch add up",
        ),
        weak="Says that a table is like a dictionary, without the product, and so cannot say what its gradient is.",
        follow_ups=(
            FollowUp(
                "What does the gradient look like if the same category comes three times in a batch?",
                "Its row gets the sum of the three gradients. In code that is `index_add_` or `scatter_add_`; an "
                "assignment would keep only one of the three.",
            ),
            FollowUp(
                "And a bag of categories, a user's history for instance?",
                "The input is a vector of counts, or of counts divided by their sum: the product is then the sum or "
                "the mean of the rows.",
            ),
        ),
        source="[Guo & Berkhahn 2016, *Entity Embeddings of Categorical Variables*](https://arxiv.org/abs/1604.06737)",
        place=(1, "3. An embedding is one-hot times a matrix"),
    ),
    Card(
        name="one-hot, what is wrong",
        topic="why not one-hot",
        kind="explain",
        question="A column of ten million products goes into a first layer of 128 units. What is wrong with "
        "one-hot encoding, and is an embedding the cure?",
        answer="One-hot is wide, and it says nothing about which categories are similar; an embedding cures the first "
        "by a constant factor, and the second only as far as training teaches it. With $N$ categories and a first "
        "layer of $h$ units there are $N h$ weights, here {{ 10_000_000 * 128 / 1e9 | 1.28 billion }}, and {{ 3 * 4 * "
        "10_000_000 * 128 / 1e9 | 15 GB }} with Adam's two averages. Sparse formats avoid the zeros, not the weights. "
        "The second fault is in the geometry: any two one-hot vectors are $\\sqrt 2$ apart and have dot product 0, so "
        "the input carries no similarity: an example with Los Angeles changes no first-layer weight of San Francisco. "
        "An embedding has a table of $N \\times d$ and a layer that reads $d$ numbers: with $d = 16$ that is {{ "
        "(10_000_000 + 128) * 16 / 1e6 | 160 million }} weights. Its rows start at random too; but they all pass "
        "through the same next layer, and categories that act alike in the task tend to get similar rows, which can be "
        "looked at and reused. As a model it is nothing new: a linear layer of $d$ units on one-hot input is the same "
        "thing. So I would not claim that the bottleneck makes it more accurate. In our flights the embedding was "
        "ahead of one-hot while thousands of rare planes were in the data, because the one-hot network memorized them; "
        "without the planes both were level. For 16 airlines and {{ len(flights.flights) | 336,776 }} flights, one-hot "
        "is cheap and loses nothing.",
        points=(
            "N times the width of the first layer in weights",
            "all pairs equally far apart, so nothing is shared",
            "an embedding is a linear layer on one-hot input",
            "with few categories and many rows one-hot is fine",
        ),
        weak="Names only the sparsity. Libraries handle the zeros; the weights and the missing notion of similarity "
        "remain.",
        follow_ups=(
            FollowUp(
                "Does an embedding know anything about a category that was never in the training rows?",
                "No. Its row is still the random start, or the shared row for unknown ones. Only features of the "
                "category, or a hash shared with others, can say something.",
            ),
            FollowUp(
                "When would you take one-hot in production?",
                "For a few dozen categories with many rows each, and for a linear model with a penalty, which holds "
                "the weights of rare categories near zero: a strong baseline that trains in seconds.",
            ),
        ),
        source="[Guo & Berkhahn 2016, *Entity Embeddings of Categorical Variables*](https://arxiv.org/abs/1604.06737)",
        place=(1, "1. What is wrong with one-hot?"),
    ),
    Card(
        name="one-hot by hand",
        topic="why not one-hot",
        kind="compute",
        question="A batch holds the codes [2, 0, 2], and there are $N = 4$ categories. Write its one-hot matrix. "
        "Which mistakes do people make when they code it?",
        answer="A row for each example and a column for each category, so the shape is $(B, N) = (3, 4)$: the rows are "
        "$(0, 0, 1, 0)$, $(1, 0, 0, 0)$ and again $(0, 0, 1, 0)$. Each row sums to 1, whatever the code is. In NumPy: "
        "`rows = np.zeros((B, N)); rows[np.arange(B), codes] = 1`, or `np.eye(N)[codes]`. The usual mistakes: the "
        "matrix is transposed; `rows[:, codes] = 1` sets the columns of all codes in every row, because without "
        "`arange` row numbers and codes are not paired; the width is taken from the batch, as `codes.max() + 1`, which "
        "is 3 here and changes from batch to batch; codes are counted from 1, so every 1 is a column too far right; "
        "the code itself is written, 2 instead of 1, and the order that we wanted to lose is back; zeros and ones are "
        "exchanged; or the rows are added up to $(1, 0, 2, 0)$, which counts the batch and forgets which example was "
        "which. The matrix is rarely worth building: for {{ flights.flights.tailnum.nunique() | 4,043 }} planes and $B "
        "= 1024$ it would take {{ 4 * 1024 * flights.flights.tailnum.nunique() / 1e6 | 16.6 MB }} in float32, to hold "
        "$B$ ones.",
        points=(
            "shape (B, N), each row with a single 1",
            "pair row numbers with codes: rows[arange(B), codes]",
            "N is fixed by training, not by the batch",
            "codes start at 0",
        ),
        weak="Writes `rows[:, codes] = 1`, or lets the batch decide the width; both run without an error.",
        follow_ups=(
            FollowUp(
                "What is the product of the transposed matrix and the matrix itself?",
                "A diagonal matrix with the counts, here $(1, 0, 2, 0)$: no row has a 1 in two columns, so everything "
                "off the diagonal is 0.",
            ),
            FollowUp(
                "What do you do with a code that is not in the table?",
                "Give it a column of its own from the start, number 0 in our tables, and train it; all zeros is a "
                "choice too, but then nobody can tell an unknown value from a bug.",
            ),
        ),
        source="[PyTorch, "
        "`torch.nn.functional.one_hot`](https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html)",
        place=(1, "1. What is wrong with one-hot?"),
    ),
    Card(
        name="integers into a network",
        topic="why not one-hot",
        kind="debug",
        question="A colleague feeds the destination, one of 105 airports, as an integer into a network. Training "
        "raises no error, but the predictions of air time miss by more than an hour where one-hot misses by a quarter "
        "of an hour. What is going on, and how do you prove it?",
        answer="The network takes the number as a quantity, with 7 between 6 and 8, although the order means nothing. "
        "With one input it has to learn the target as a function of the number, and in alphabetical order that is a "
        "curve through 105 unrelated heights. Each ReLU unit of the first layer gives the curve one kink, and training "
        "finds few good places for them: it learns some broad bends and misses the rest. The proof is a permutation: "
        "number the categories anew and train again with the same seed. If the error moves more than it does between "
        "seeds, the model depends on a meaningless order. In our flights six numberings gave errors from about {{ "
        'round(printed(1, r"\\*\\*(\\d+) to \\d+\\*\\* minutes with labels"), -1) | 80 }} to about {{ round(printed(1, '
        'r"\\*\\*\\d+ to (\\d+)\\*\\* minutes with labels"), -1) | 90 }} minutes, a wider range than four seeds with '
        'one numbering gave; always answering the mean gives {{ printed(1, r"always answering the mean: (\\d+)") | 97 '
        "}}. Scaling the integer does not help, and four times as long a training helped only a little. The cures are "
        "one-hot for a hundred categories, an embedding for many, or target encoding, which is an order that means "
        "something. Integers are right when the order is real, small to large. And trees can live with them: they cut "
        "the axis as often as it pays and can single out a category, though a random order costs them more cuts.",
        points=(
            "the network reads order and distance into the numbers",
            "test: permute the codes, same seed",
            "one-hot, embedding or target encoding instead",
            "fine for real orders, tolerable for trees",
        ),
        weak='Says "normalize the input". The order itself is the fault, not its scale.',
        follow_ups=(
            FollowUp(
                "Why do gradient-boosted trees mind less?",
                "A split only asks whether a code is above a threshold, and two splits isolate any category. With "
                "many categories and a random order they need many splits, so native handling or target encoding "
                "is still better.",
            ),
            FollowUp(
                "Would 128 more hidden units cure it?",
                "In principle, with enough kinks any heights can be drawn; in practice gradient descent finds few "
                "of them. The same units on one-hot input set each height directly.",
            ),
        ),
        source="[scikit-learn, *Encoding categorical "
        "features*](https://scikit-learn.org/stable/modules/preprocessing.html#encoding-categorical-features)",
        place=(1, "2. What is wrong with label encoding?"),
    ),
    Card(
        name="gradient into the table",
        topic="lookup is a matrix product",
        kind="debug",
        question="Someone writes the backward pass of a lookup as `grad[codes] += g`. Rare categories learn well, "
        "frequent ones far too slowly. What is the bug, and what should the gradient be?",
        answer="Repeated codes overwrite each other, and the gradient should be their sum. Fancy indexing with `+=` "
        "reads the rows, adds, and writes them back, so of a code that came several times only one gradient stays: in "
        "NumPy the last, in PyTorch it is not even defined which. The forward pass is $Y = XW$ with $X$ the one-hot "
        "matrix of the batch, so the gradient of the table is $X^\\top G$, of shape $(N, d)$: row $i$ is the *sum* of "
        "the gradients of all places where code $i$ was looked up, and 0 for a code that was not. For the codes [2, 0, "
        "2], row 2 gets $g_1 + g_3$ and row 0 gets $g_2$. In code: `torch.zeros(N, d).index_add(0, codes, g)`, or "
        "`np.add.at`. A category that fills half of a batch of $B = 1024$ keeps one of its {{ 1024 // 2 | 512 }} "
        "gradients, and a rare one loses nothing, which is exactly the symptom. Other errors at this place: the mean "
        "of the repeated gradients instead of their sum; dividing by $B$ again, though the loss was a mean and `g` "
        "holds that factor already; returning `g` itself, which has a row for each example and not for each category; "
        "and a minus sign, which belongs to the optimizer's step.",
        points=(
            "fancy assignment keeps one gradient per row",
            "the gradient is X transposed times G: a sum",
            "rows not looked up get 0",
            "no further division by the batch, no sign",
        ),
        weak="Suspects the learning rate or class weights. Does not check the gradient against autograd on a batch "
        "with repeats.",
        follow_ups=(
            FollowUp(
                "How would you test it in five minutes?",
                "Compare with autograd on a tiny batch in which a code comes twice and another not at all. With "
                "distinct codes the buggy version passes, so a random small batch may hide it.",
            ),
            FollowUp(
                "Should frequent categories get smaller steps, as a mean would give them?",
                "Perhaps, but that is the optimizer's business: Adagrad does it from each row's own history. The "
                "gradient of the loss is the sum in any case.",
            ),
        ),
        source="[PyTorch, "
        "`Tensor.index_add_`](https://docs.pytorch.org/docs/stable/generated/torch.Tensor.index_add_.html)",
        place=(1, "3. An embedding is one-hot times a matrix"),
    ),
    Card(
        name="dimension by rule of thumb",
        topic="choosing the dimension",
        kind="compute",
        question="Which dimension would rules of thumb give for 97 airports, and for ten million products? How do "
        "you really choose?",
        answer="Three rules are quoted: the fourth root of $N$, fastai's $\\min(600,\\ 1.6\\,N^{0.56})$, and half of "
        "$N$ but at most 50. For 97 airports they say {{ 97**0.25 | 3 }}, {{ 1.6 * 97**0.56 | 21 }} and {{ min(50, 97 "
        "/ 2) | 48 }}; for ten million products {{ 10e6**0.25 | 56 }}, {{ min(600, 1.6 * 10e6**0.56) | 600 }} and {{ "
        "min(50, 10e6 / 2) | 50 }}. Within each case they differ more than tenfold, and none of them has seen the "
        "task, the number of rows, or what a row of the table costs. So I take one as a start and choose on validation "
        "data: double $d$ until the error stops falling, with several seeds, and take the smallest size that is within "
        "the noise of the best. In our flights one dimension is too few, from 8 on all sizes lie within a tenth of the "
        "error of each other, so the curve is flat, and other choices matter more. Memory decides the upper end: at 64 "
        "float32 numbers, ten million rows are {{ 10e6 * 64 * 4 / 1e9 | 2.6 GB }}, three times that with Adam. And "
        "rare categories cannot fill many dimensions: a row with ten examples has little to fit 64 numbers to.",
        points=(
            "the rules differ more than tenfold",
            "choose on validation data, doubling",
            "smallest size within the noise",
            "memory and rows per category bound it",
        ),
        weak="Recites one rule as if it were a law, or tunes on the test set.",
        follow_ups=(
            FollowUp(
                "What can go wrong with too many dimensions?",
                "Memory and latency first; with few rows per category also overfitting, unless the rows are penalized. "
                "In retrieval each score costs $d$ multiplications.",
            ),
            FollowUp(
                "And if you cannot retrain for each size?",
                "Train the widest once and see how far you can truncate the SVD of the table before the task suffers, "
                "or train nested sizes at once (Matryoshka), so that the first numbers serve alone.",
            ),
        ),
        source="[fastai, `emb_sz_rule`](https://docs.fast.ai/tabular.model.html)",
        place=(1, "6. How many dimensions?"),
    ),
    Card(
        name="one standard error",
        topic="choosing the dimension",
        kind="compute",
        question="Validation errors of three seeds: size 4: 7.3, 7.1, 7.2; size 16: 7.1, 6.9, 7.15; size 64: 6.8, "
        "7.2, 7.1. Which size do you take by the one-standard-error rule?",
        answer="Size 16. The means are {{ (7.3 + 7.1 + 7.2) / 3 | 7.200 }}, {{ (7.1 + 6.9 + 7.15) / 3 | 7.050 }} and "
        "{{ (6.8 + 7.2 + 7.1) / 3 | 7.033 }}, so 64 has the lowest mean, by very little. How sure is its mean? The "
        "standard deviation of its runs, with $n - 1$ in the denominator, is {{ np.std([6.8, 7.2, 7.1], ddof=1) | "
        "0.208 }}; dividing by $\\sqrt 3$, because it is a mean of three, gives a standard error of {{ np.std([6.8, "
        "7.2, 7.1], ddof=1) / sqrt(3) | 0.120 }}. Every size with a mean of at most {{ 21.1 / 3 + np.std([6.8, 7.2, "
        "7.1], ddof=1) / sqrt(3) | 7.154 }} counts as equally good, and of those the rule takes the smallest: 16 is "
        "in, 4 is out. The answer is the size itself and not its position in the list. Ways to go wrong: with the "
        "standard deviation instead of the standard error the limit is {{ 21.1 / 3 + np.std([6.8, 7.2, 7.1], ddof=1) | "
        "7.24 }}, and 4 slips in; dividing by $n$ instead of $n - 1$ makes the bound too tight; picking the best "
        "single run, 6.8, rewards luck; and taking the largest size that passes turns the rule around. A caveat: seeds "
        "show how much training varies, not how much another sample of users would change the error. For a claim about "
        "new data, resample days or users too.",
        points=(
            "compare means over seeds, not single runs",
            "standard error: s with n − 1, over the root of n",
            "smallest size within one standard error of the best",
            "seeds are only one source of noise",
        ),
        weak="Takes 64 because its mean is lowest, or because its best run is.",
        follow_ups=(
            FollowUp(
                "Why the smallest, and not the best?",
                "It costs less memory and time, and the difference may well be noise. If size were free, I would take "
                "the one with the lowest mean.",
            ),
            FollowUp(
                "Three seeds are few. How much can you trust the standard error?",
                "Little: with two degrees of freedom it is easily off by half of itself. Use more seeds near the "
                "decision, or paired differences on the same rows.",
            ),
        ),
        source="[Hastie, Tibshirani & Friedman, *The Elements of Statistical Learning*, section "
        "7.10](https://hastie.su.domains/ElemStatLearn/)",
        place=(1, "6. How many dimensions?"),
    ),
    Card(
        name="what d dimensions cannot say",
        topic="choosing the dimension",
        kind="derive",
        question="Scores are dot products of $d$-dimensional vectors. What can such a model not represent? Show it.",
        answer="It cannot represent a score matrix of rank above $d$. All scores together are $S = U V^\\top$, a "
        "product of an $N \\times d$ and a $d \\times M$ matrix, so the rank of $S$ is at most $d$. A target of higher "
        "rank can only be approximated; the best possible in squared error is the truncated SVD, and what it loses is "
        "the sum of the remaining squared singular values (Eckart and Young). The worst case is the identity, where "
        "each query has its own item: all singular values are 1, so 50 dimensions for $N = 1000$ items keep {{ 50 / "
        "1000 * 100 | 5 percent }} of the squared sum. But ranking asks for less than equality. Put a thousand unit "
        "vectors around a circle, and every one has its largest dot product with itself, in two dimensions. What two "
        "dimensions cannot do is return *any pair* of the thousand as the top two: on the circle only adjacent items "
        "can be. In general the dimension needed is tied to the sign-rank of the relevance matrix, and for every fixed "
        "$d$, with enough items, some sets of results are out of reach, whatever the training. So a low dimension is a "
        "strong prior that items come in smooth groups. It helps with little data, and hurts where one exact item goes "
        "with another: in chapter 2, EASE, which has no bottleneck, predicts links better, perhaps for that reason.",
        points=(
            "rank of the scores is at most d",
            "the truncated SVD is the best, with a known loss",
            "ranking needs less than exact scores",
            "some top-k sets are out of reach for fixed d",
        ),
        weak='Says "with enough training it learns anything". For free vectors the limit is the dimension, not '
        "the training.",
        follow_ups=(
            FollowUp(
                "How do you get beyond it without a huge $d$?",
                "Several vectors per item with a maximum over them, a sparse part beside the dense one, or a "
                "second stage that looks at query and item together.",
            ),
            FollowUp(
                "How many dimensions keep all pairwise dot products of $N$ unit vectors up to $\\varepsilon$?",
                "About $\\log N / \\varepsilon^2$, by the lemma of Johnson and Lindenstrauss, already with a "
                "random projection; good news for approximate search, and no contradiction to the rank bound.",
            ),
        ),
        source="[Weller et al. 2025, *On the Theoretical Limitations of Embedding-Based "
        "Retrieval*](https://arxiv.org/abs/2508.21038)",
        place=(2, "What the axes mean: nothing"),
    ),
    Card(
        name="hash buckets",
        topic="hashing trick",
        kind="derive",
        question="105 destinations are hashed into 64 buckets. How many buckets are used, on average, and how many "
        "names share?",
        answer="About {{ 64 * (1 - (1 - 1 / 64)**105) | 52 }} buckets are used. Look at one of the $m$ buckets: a name "
        "misses it with probability $1 - 1/m$, all $N$ names miss it with probability $(1 - 1/m)^N$, so it is used "
        "with probability $1 - (1 - 1/m)^N$. Expectations add up, even though the buckets are not independent: $m\\,(1 "
        "- (1 - 1/m)^N)$ are used. The traps: $\\min(N, m) = 64$ forgets that names collide long before all buckets "
        "are full; $N/m = {{ 105 / 64 | 1.64 }}$ is the mean load; without the factor $m$ it is a probability, without "
        'the "1 −" the number of *empty* buckets, {{ 64 * (1 - 1 / 64)**105 | 12 }}; and with $N$ and $m$ exchanged it '
        "answers another question. If names come one by one, those that find their bucket taken are $N$ minus the used "
        "buckets: {{ 105 - 64 * (1 - (1 - 1 / 64)**105) | 53 }}. A given name is not alone with probability $1 - (1 - "
        "1/m)^{N-1}$, here {{ 100 * (1 - (63 / 64)**104) | 81 percent }}, so about {{ 105 * (1 - (63 / 64)**104) | 85 "
        "}} names share; with four times the buckets it is still {{ 100 * (1 - (255 / 256)**104) | 33 percent }}. "
        "Whether that hurts is another matter: what counts is the share of *traffic* in shared buckets, and whether "
        "those who share pull in different directions.",
        points=(
            "one bucket stays empty with (1 − 1/m) to the N",
            "linearity of expectation",
            "share of names not alone: 1 − (1 − 1/m) to the N − 1",
            "load, empties and collisions are different things",
        ),
        weak="Says 64, since there are more names than buckets; or gives the load N/m as the answer.",
        follow_ups=(
            FollowUp(
                "As many buckets as names: how many are used?",
                "A share of $1 - 1/e$, about {{ 100 * (1 - exp(-1)) | 63 percent }}; and as many names find their "
                "bucket taken as buckets stay empty.",
            ),
            FollowUp(
                "How many buckets until most names are alone?",
                "A name is alone with probability about $e^{-N/m}$. For half of the names that takes $m = N / \\ln 2$, "
                "about {{ 1 / log(2) | 1.4 }} buckets a name; for nine tenths about {{ -1 / log(0.9) | 9.5 }} buckets "
                "a name.",
            ),
        ),
        source="[Weinberger et al. 2009, *Feature Hashing for Large Scale Multitask "
        "Learning*](https://arxiv.org/abs/0902.2206)",
        place=(1, "4. One task, every encoding, one table"),
    ),
    Card(
        name="sign of a hash",
        topic="hashing trick",
        kind="derive",
        question="Feature hashing uses a second hash for a sign, plus or minus 1. Why? Show what it does to the "
        "dot product of two texts of 100 different words each, in 256 buckets.",
        answer="The sign makes the dot product of two hashed vectors unbiased: right on average over the choice of "
        "hash. With bucket $b(i)$ and sign $\\xi(i)$ the hashed vector is $\\phi_j(x) = \\sum_{i:\\, b(i) = j} "
        "\\xi(i)\\, x_i$. Multiply out: $\\phi(x) \\cdot \\phi(y) = x \\cdot y + \\sum_{i \\neq k} x_i y_k\\, "
        "\\xi(i)\\, \\xi(k)\\, [b(i) = b(k)]$. The signs of two features are independent with mean 0, so the second "
        "sum has mean 0. Without signs its mean is $\\frac1m \\sum_{i \\ne k} x_i y_k$, which is a bias: if the two "
        "texts have no word in common, the true product is 0 and the unsigned one {{ 100 * 100 / 256 | 39 }} on "
        "average. With signs the mean is 0, and the standard deviation is {{ sqrt(100 * 100 / 256) | 6 }}, about what "
        "it is without signs. So signs remove the bias and leave a variance of order $1/m$: texts no longer look "
        "similar through collisions alone, but a single product is still noisy. Signs do not undo a collision: two "
        "features that share a bucket still share its weight, up to the sign. And for a table of vectors looked up by "
        "one id, a sign would only make two colliding ids each other's negatives, so there one uses more rows or a "
        "second hash instead.",
        points=(
            "cross terms have random signs, mean 0",
            "without signs a positive bias, about the product of the sums over m",
            "variance of order 1/m remains",
            "no help for a single id that shares a row",
        ),
        weak="Says that the sign avoids collisions. It only makes their effects cancel on average over many features.",
        follow_ups=(
            FollowUp(
                "What does scikit-learn do?",
                "`FeatureHasher` has `alternate_sign=True` by default, with the sign taken from the same 32-bit hash "
                "as the bucket; turn it off when features must stay non-negative, for instance for naive Bayes.",
            ),
            FollowUp(
                "When does the argument about cancellation fail?",
                "When one feature carries nearly all weight, or few are active: then a sum of one or two cross "
                "terms does not average out.",
            ),
        ),
        source="[Weinberger et al. 2009, *Feature Hashing for Large Scale Multitask "
        "Learning*](https://arxiv.org/abs/0902.2206), section 2",
        place=(1, "4. One task, every encoding, one table"),
    ),
    Card(
        name="a table for two billion ids",
        topic="hashing trick",
        kind="design",
        question="Two billion URLs, vectors of 32 float32 numbers, 16 GB for the table. Design the encoding.",
        answer="Own rows for the frequent ids, hashed rows for the rest, and features of the URL beside both. One row "
        "for each id would take {{ 2e9 * 32 * 4 / 1e9 | 256 GB }}, so 16 GB hold {{ 16e9 / (32 * 4) / 1e6 | 125 "
        "million }} rows, which is {{ 2e9 / (16e9 / (32 * 4)) | 16 }} ids to a row if everything is hashed. So first, "
        "look at the traffic: usually a small part of the ids makes most of it. These get rows of their own, chosen by "
        "their count in the last weeks. The tail is hashed, with two independent hashes into two tables, whose rows "
        "are added: two ids then get the same vector only if both hashes collide, one chance in $m_1 m_2$ instead of "
        "one in $m$. If ids can be numbered, the quotient and the remainder of the number do the same, and no two ids "
        "share both rows. Second, the id is not the only signal: domain, path tokens and language need only small "
        "tables, and they are all there is for a URL that nobody has seen. Third, the memory of training: Adam would "
        "add two more tables of this size, row-wise Adagrad only one number a row, {{ 125e6 * 4 / 1e9 | 0.5 GB }}. "
        "Storing float16 doubles the number of rows. Then measure on a later day, in bins of frequency: hashed against "
        "own rows, and against the plain baseline without any id.",
        points=(
            "bytes first: rows that fit, ids per row",
            "own rows for the head, hashing for the tail",
            "two hashes or quotient and remainder",
            "features beside the id",
            "judge by traffic and frequency bins",
        ),
        weak="Only picks a bucket count. Does not ask how traffic is spread, and forgets the optimizer's memory.",
        follow_ups=(
            FollowUp(
                "Why not one hash and a constant, `hash(id)` and `hash(id) + 1`?",
                "Two ids that collide in the first then collide in the second as well. The hashes must be "
                "independent: another seed, or other bits of a long hash.",
            ),
            FollowUp(
                "The head changes every week. What happens to the rows?",
                "An id that enters the head starts its row from its hashed vector, not from noise; one that leaves "
                "goes back to the hash. Keep the mapping versioned with the model.",
            ),
        ),
        source="[Shi et al. 2020, *Compositional Embeddings Using Complementary "
        "Partitions*](https://arxiv.org/abs/1909.02107)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="a hash that changes",
        topic="hashing trick",
        kind="debug",
        question="A model uses `hash(name) % 1000` in Python. The offline test is fine. In the service the predictions "
        "are nonsense, and different nonsense after each restart. What is wrong?",
        answer="Python salts the hash of strings anew in every process, unless `PYTHONHASHSEED` is set. Inside one "
        "process all is consistent, so an offline test that trains and predicts in the same process passes. In the "
        "service nearly every name goes to another row than in training. The cure is a hash that is a fixed function "
        "of bytes: MurmurHash3, xxHash, or `hashlib.blake2b` of the UTF-8 text, with the seed written into the model's "
        "configuration. Then test it with golden values: a few names whose buckets are stored as constants, checked in "
        "training and in the service, in each language that computes them. Check what comes before the hash as well: "
        "lower case, Unicode normalization, spaces, whether a number comes as text, the text for a missing value. And "
        "the number of buckets is part of the model: going from $1000$ to $1024$ buckets keeps only {{ 100 * 1000 / "
        "(1000 * 1024 // gcd(1000, 1024)) | 0.8 percent }} of the ids in their row, since both remainders must agree; "
        "the table has to be trained again. Hashes of integers are not salted, but there is another trap: in CPython "
        "the hash of an ordinary integer is the integer itself, so ids that are all multiples of ten fill only a tenth "
        "of the $1000$ buckets.",
        points=(
            "string hashes are salted per process",
            "a fixed hash of bytes, seed in the configuration",
            "golden values tested on both sides",
            "buckets and normalization are part of the model",
        ),
        weak="Suspects overfitting or drift. Predictions that change with a restart, without a new model, point to "
        "state in the process.",
        follow_ups=(
            FollowUp(
                "Would setting PYTHONHASHSEED be enough?",
                "It makes Python agree with itself for one version and platform; a service in Go or a Spark job "
                "would still disagree. Better a hash with a specification.",
            ),
            FollowUp(
                "How would monitoring have found it?",
                "Log the vector or score of a few fixed inputs after each start and compare with the value stored "
                "at training. It should be the first check before traffic is let in.",
            ),
        ),
        source="[Python, `PYTHONHASHSEED`](https://docs.python.org/3/using/cmdline.html#envvar-PYTHONHASHSEED)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="smoothed mean",
        topic="target encoding",
        kind="compute",
        question="A plane flew 3 times, late by 40 minutes on average; the mean of all flights is 10. What is its "
        "target encoding with $m = 5$? And for 300 such flights, and for a plane never seen?",
        answer="{{ (3 * 40 + 5 * 10) / (3 + 5) | 21.25 }} minutes. The encoding is $\\frac{\\sum y + m\\,\\bar y}{N_c "
        "+ m}$, as if there were $m$ more rows with the overall mean: $(3 \\cdot 40 + 5 \\cdot 10) / 8$. Written as a "
        "mixture, the plane's own mean has the weight $N_c / (N_c + m)$, here 3/8. With 300 flights it is {{ (300 * 40 "
        "+ 5 * 10) / 305 | 39.5 }}: with many rows the plane's own mean decides. A plane never seen gets the overall "
        "mean of 10 minutes, which is sensible; with $m = 0$ it would be 0 divided by 0. The table has one number for "
        "each category, and rows look it up. Typical slips show in the result: shrinking toward 0 instead of the mean "
        "gives {{ 3 * 40 / 8 | 15 }}; forgetting $m$ in the denominator gives {{ (3 * 40 + 50) / 3 | 57 }}, more than "
        "both means, which no average can be; half of each gives {{ (40 + 10) / 2 | 25 }} however many rows there are; "
        "no division gives a sum. $\\bar y$ is the mean of the *rows*, not of the categories' means, otherwise a "
        "category with one row weighs as much as one with a thousand. Where does $m$ come from? If a row scatters with "
        "variance $\\sigma^2$ around its plane's mean, and planes' means with $\\tau^2$ around the overall one, the "
        "best linear choice is $m = \\sigma^2 / \\tau^2$: the noisier the rows, the more smoothing. Otherwise choose "
        "it on validation data.",
        points=(
            "sum plus m times overall mean, over count plus m",
            "weight of the own mean: N over N + m",
            "unseen gets the overall mean",
            "m is the ratio of noise within to spread between",
        ),
        weak='Knows "smoothing", but cannot say what m counts: rows.',
        follow_ups=(
            FollowUp(
                'What does scikit-learn\'s `smooth="auto"` do?',
                "It takes for each category the variance of the target within it over the variance of all rows, an "
                "empirical Bayes estimate; so a category whose rows agree is smoothed less.",
            ),
            FollowUp(
                "Does each row of data have its own encoding?",
                "No: the encoding is a table over categories, and all rows of a category look up the same number. Only "
                "in cross-fitting there is one table for each fold.",
            ),
        ),
        source="[Micci-Barreca 2001, *A Preprocessing Scheme for High-Cardinality Categorical "
        "Attributes*](https://doi.org/10.1145/507533.507538)",
        place=(1, "4. One task, every encoding, one table"),
    ),
    Card(
        name="the target leaks",
        topic="target encoding",
        kind="debug",
        question="You target-encode a column of a thousand ids. Training AUC is nearly .9, on new rows it is .5. "
        "The ids are pure noise. How did that happen, and what is the cure?",
        answer="Each row's own target is part of its category's mean, so the column carries the answer. With a few "
        "rows per id the mean is largely the row itself; for an id that came once it *is* the answer. In our "
        'experiment with a random target and a random column the training AUC is {{ printed(1, r"naive, on its '
        'training rows\\s+(\\S+)") | .87 }}, and about one half on new rows. The model downstream sees an excellent '
        "column, relies on it, and neglects honest ones, so a validation set shows the damage but does not undo it. "
        "Smoothing does not remove the leak: a row with a high target still gets a higher encoding than it deserves. "
        "The cure is cross-fitting: cut the training rows into folds and encode the rows of a fold with means from the "
        'other folds, the overall mean included. Then the training AUC of the noise is {{ printed(1, r"cross-fitted, '
        'on its training rows\\s+(\\S+)") | .5 }}, as it should be. New rows are encoded from all training rows. With '
        "time in the data, use only earlier rows. In scikit-learn: `TargetEncoder.fit_transform` cross-fits, `fit` and "
        "then `transform` on the same rows does not, and the two differ on purpose.",
        points=(
            "a row's own answer is in its encoding",
            "the model then trusts a worthless column",
            "cross-fit: means from the other folds",
            "smoothing alone does not cure it",
        ),
        weak='Says "overfitting, use more regularization", and does not see that the feature itself contains the '
        "label.",
        follow_ups=(
            FollowUp(
                "Is the encoder leak-free inside cross-validation of the whole pipeline?",
                "Only if it is fitted inside each training split and cross-fits there. Encoding once before "
                "splitting leaks the validation targets.",
            ),
            FollowUp(
                "Do embeddings leak in this way?",
                "Not by construction, but a free row per rare id can memorize its few targets, which looks the same in "
                "the training score. Penalties or a shared row for rare ids help.",
            ),
        ),
        source="[scikit-learn, *Target Encoder's Internal Cross "
        "fitting*](https://scikit-learn.org/stable/auto_examples/preprocessing/plot_target_encoder_cross_val.html)",
        place=(1, "4. One task, every encoding, one table"),
    ),
    Card(
        name="cross-fitting by hand",
        topic="target encoding",
        kind="compute",
        question="Rows: A with target 1 (fold 0), A with 3 (fold 1), B with 10 (fold 0), B with 20 (fold 1); $m = "
        "2$. Cross-fit the encoding.",
        answer="In the order given, the rows get {{ 26 / 3 | 8.67 }}, {{ 4 | 4 }}, {{ 43 / 3 | 14.33 }} and {{ 7 | 7 "
        "}}: each fold is encoded from the rows of the *other* folds. Fold 0 is encoded from the rows of fold 1, whose "
        "targets are 3 and 20 with mean {{ (3 + 20) / 2 | 11.5 }}: A gets $(3 + 2 \\cdot 11.5)/3$ = {{ (3 + 2 * 11.5) "
        "/ 3 | 8.67 }}, and B gets $(20 + 2 \\cdot 11.5)/3$ = {{ (20 + 2 * 11.5) / 3 | 14.33 }}. Fold 1 is encoded "
        "from fold 0, targets 1 and 10 with mean {{ (1 + 10) / 2 | 5.5 }}: A gets {{ (1 + 2 * 5.5) / 3 | 4 }}, B gets "
        "{{ (10 + 2 * 5.5) / 3 | 7 }}. So the same category has two encodings, one for each fold. The mean to shrink "
        "toward must come from the other folds too, because the mean of all rows, {{ (1 + 3 + 10 + 20) / 4 | 8.5 }}, "
        "contains the row's own target. Other slips: encoding a fold from *itself* is the leak in its purest form; "
        "using all rows is the naive encoding; shrinking toward 0; leaving out $m$, so that a category that occurs in "
        "one fold only has no mean at all; and using only the earlier folds, which throws away data unless folds are "
        "in time order, and leaves fold 0 with nothing. A new row of A gets $(1 + 3 + 2 \\cdot 8.5)/4$ = {{ (1 + 3 + 2 "
        "* 8.5) / 4 | 5.25 }} from all rows.",
        points=(
            "encode a fold from the other folds only",
            "overall mean of the other folds, too",
            "one table per fold; new rows from all rows",
            "with m = 0 a category of one fold has no mean",
        ),
        weak="Uses the grand mean of all rows for the smoothing: a small leak, and a wrong number in every row.",
        follow_ups=(
            FollowUp(
                "How many folds?",
                "Five is usual. More folds use more data for each encoding, but come nearer to leaving one row "
                "out, which leaks in its own way.",
            ),
            FollowUp(
                "Should folds be random?",
                "Not when rows of one user or one day belong together: then whole groups go into a fold, otherwise the "
                "encoding learns from near copies of the row.",
            ),
        ),
        source="[scikit-learn, "
        "`TargetEncoder`](https://scikit-learn.org/stable/modules/preprocessing.html#target-encoder)",
        place=(1, "4. One task, every encoding, one table"),
    ),
    Card(
        name="leaving one row out",
        topic="target encoding",
        kind="derive",
        question="To avoid the leak, someone encodes each row by the mean of all *other* rows of its category. "
        "Show that it still leaks.",
        answer="It leaks, because the encodings of a category's rows differ only by the row's own target. Let a "
        "category have $n$ rows with sum $S$. Row $i$ gets $e_i = (S - y_i)/(n - 1)$. Solve for the target: $y_i = S - "
        "(n - 1)\\, e_i$, exactly, with the same $S$ and $n$ for the whole category. For a yes-or-no target there are "
        "just two values: rows with $y = 1$ get $(S-1)/(n-1)$, rows with $y = 0$ get $S/(n-1)$. With ten rows and four "
        "positives that is {{ 3 / 9 | .333 }} and {{ 4 / 9 | .444 }}. A tree that can isolate the category needs one "
        "more cut between them and has every training row right, with the order reversed: the *lower* encoding is the "
        "positive. New rows all get the plain mean, {{ 4 / 10 | .4 }}, which falls on one side of that cut, so all get "
        "the same answer. Training looks perfect, and the cut is worthless on new rows. Folds prevent it: all rows of "
        "a category in a fold share one encoding, which contains none of their targets. A weak dependence remains, "
        "because a fold with more positives is encoded from fewer, but it cannot tell the rows of a fold apart. Some "
        "libraries add noise to the leave-one-out encoding to blur the cut; cross-fitting is the cleaner way.",
        points=(
            "e = (S − y)/(n − 1) can be solved for y",
            "two values per category, in the wrong order",
            "trees exploit it with one cut",
            "folds share one encoding per category",
        ),
        weak="Believes that leaving out the own row is the same as cross-fitting, only finer.",
        follow_ups=(
            FollowUp(
                "Does a linear model exploit it too?",
                "Less: the shift by $1/(n-1)$ is small beside differences between categories, and has the opposite "
                "sign, so it biases the coefficient. Trees with deep splits suffer most.",
            ),
            FollowUp(
                "What does CatBoost do instead?",
                "It draws a random order of the rows and encodes each from the rows before it only: no row's target "
                "reaches its own encoding, at the price of noisy encodings for the rows that come early.",
            ),
        ),
        source="[Prokhorenkova et al. 2018, *CatBoost: unbiased boosting with categorical "
        "features*](https://arxiv.org/abs/1706.09516), section 3",
        place=(1, "4. One task, every encoding, one table"),
    ),
    Card(
        name="two scales of one encoding",
        topic="target encoding",
        kind="debug",
        question="Boosting on a cross-fitted target encoding (5 folds) with smoothing $m = 20$ has several times "
        "the test error that it has with $m = 1$. Nothing leaks. Think of an airport with 100 flights whose mean "
        "is 180 minutes from the overall one: what is wrong?",
        answer="Training rows and new rows are encoded on different scales. With five folds a training row's encoding "
        "comes from 4/5 of the rows, a new row's from all of them. The smoothing pulls the training rows further "
        "toward the overall mean: the airport with 100 flights has the weight {{ 80 / (80 + 20) | .80 }} on its own "
        "mean in training and {{ 100 / (100 + 20) | .83 }} later. At 180 minutes from the overall mean that is a shift "
        "of {{ 180 * (100 / 120 - 80 / 100) | 6 minutes }}; with $m = 1$ it is {{ 180 * (100 / 101 - 80 / 81) | 0.4 "
        "minutes }}. A network's output moves only a little. A tree has put its cuts close to the training values, so "
        'new rows can fall on the wrong side. In our flights the error rises from about {{ printed(1, r"boosting, m = '
        '1 +(\\d+\\.\\d) ±") | 11 }} to about {{ round(printed(1, r"boosting, m = 20 +(\\d+\\.\\d) ±"), -1) | 50 }} '
        "minutes. The proof is one change: encode new rows by the average of the five fold tables, the scale that the "
        "model has learned; the error comes back to nearly the old one. Cures: that average, less smoothing, or $m$ "
        "scaled with the rows. The general lesson is train-serve skew: compare the distribution of each feature in "
        "training with that in serving before blaming the model.",
        points=(
            "4/5 of the rows in training, all rows later",
            "smoothing makes that a systematic shift",
            "trees cut between the training values, so new rows fall on the wrong side",
            "encode new rows by the mean of the fold tables",
        ),
        weak="Looks for a leak, or tunes the trees. The feature itself means something else in serving.",
        follow_ups=(
            FollowUp(
                "Why does scikit-learn's default hardly suffer?",
                "It also encodes new rows from all rows, but chooses the smoothing per category from variances; "
                "where rows agree it is small, so both scales nearly coincide.",
            ),
            FollowUp(
                "How would you have noticed it without knowing the trick?",
                "Plot the encoding of one category in training and in test: two values where one is expected. Or "
                "predict training rows encoded as new ones, and see the error jump.",
            ),
        ),
        source="[scikit-learn, "
        "`TargetEncoder`](https://scikit-learn.org/stable/modules/preprocessing.html#target-encoder)",
        place=(1, "The table"),
    ),
    Card(
        name="a category nobody has seen",
        topic="rare categories",
        kind="design",
        question="New planes appear every week. What does your model do with a value that training has not seen? "
        "Design it.",
        answer="Keep a row for it, number 0, and train that row. The codes come from a dictionary that is fixed in "
        "training, `place.get(value, 0)`: known values are 1, 2, … and whatever else comes, missing values too, is 0, "
        "so every row of data gets a code. An untrained row of the table is noise, so something has to map to it in "
        "training: values with fewer than five rows share it, here {{ flights.flights[flights.flights.air_time.notna() "
        "& (flights.flights.month <= 9)].tailnum.value_counts().lt(5).sum() | 420 }} of {{ "
        "flights.flights[flights.flights.air_time.notna() & (flights.flights.month <= 9)].tailnum.nunique() | 3,941 }} "
        "planes, or known ids are replaced by 0 at random in a percent of the rows. Rare planes are the nearest "
        "stand-in for new ones. Beside the id I would use features that a new plane does have: airline, model, year of "
        "manufacture. Never number the values anew when serving, because then all codes move; never give the unknown a "
        "code past the end of the table; and never drop such rows of data silently. Then measure that slice "
        "separately: in November and December {{ (lambda f: 100 * (~f[f.month >= 11].tailnum.isin(f[f.month <= "
        "9].tailnum)).mean())(flights.flights[flights.flights.air_time.notna()]) | 1.5 percent }} of the flights are "
        "by new planes, too few to show in the total. And alert on its rate: if it jumps, an upstream format has "
        "changed.",
        points=(
            "a reserved row, codes fixed by training",
            "train it: rare values or random dropping",
            "other features carry the new one",
            "measure the slice, monitor the rate",
        ),
        weak='Says "use unknown" without asking what that row has learned. Untrained, it is a random vector.',
        follow_ups=(
            FollowUp(
                "And with one-hot, target encoding, hashing?",
                "One-hot: all zeros or its own column; target encoding: the overall mean; hashing: some other "
                "category's row, silently. Each is a decision to be made on purpose.",
            ),
            FollowUp(
                "When does the new plane get a row of its own?",
                "At the next training with enough rows; between trainings one can fit its row alone with all else "
                "frozen, starting from the mean of similar ones.",
            ),
        ),
        source="[Guo & Berkhahn 2016, *Entity Embeddings of Categorical Variables*](https://arxiv.org/abs/1604.06737)",
        place=(1, "4. One task, every encoding, one table"),
    ),
    Card(
        name="code minus one",
        topic="rare categories",
        kind="debug",
        question="Unknown planes get predictions that look just like those of one particular plane, the last in "
        "the alphabet. No error is raised. What happened?",
        answer="Unknown values have the code −1, and −1 as an index is the last row. pandas does this: `factorize` and "
        "categorical codes give −1 to missing values, and categorical codes also to values outside the categories; so "
        "does scikit-learn's `OrdinalEncoder` if you ask for `unknown_value=-1`. Plain indexing, `W[codes]`, in NumPy "
        "and in PyTorch, counts from the end without an error, so the unknown share the vector of the last plane, and "
        "in training they also change it. `nn.Embedding` would have raised an index error. The cure is a row kept for "
        "the unknown, number 0, with the known from 1, and an assertion that all codes lie in $0 \\dots N - 1$. There "
        "are similar bugs. If 0 is for the unknown and the first known value is 0 too, the unknown take the first "
        "plane's row. With `searchsorted` for the lookup an unknown value gets its neighbor in the alphabet: a "
        "plausible code, and never an error. If the encoder is fitted again on the data to be predicted, all codes are "
        "valid and mean other planes. All of these run without an error. What finds them is a test with a value that "
        "was never seen, a missing one, and one that sorts before all others, asking for *which row* each gets.",
        points=(
            "−1 indexes the last row",
            "pandas and encoders use −1 for missing",
            "reserve a row; assert the range of codes",
            "similar bugs: neighbor in the alphabet, refit on new data",
        ),
        weak="Suspects the model. The symptom, one particular category, points to an index.",
        follow_ups=(
            FollowUp(
                "Why did training not show it?",
                "Missing values were rare, and the last plane's row just fitted a mixture. The loss was a little "
                "worse, nothing more.",
            ),
            FollowUp(
                "Where should the check live?",
                "Where codes are made, not in the model: one function for training and serving, that raises for "
                "anything outside the table.",
            ),
        ),
        source="[pandas, `factorize`](https://pandas.pydata.org/docs/reference/api/pandas.factorize.html)",
        place=(1, "4. One task, every encoding, one table"),
    ),
    Card(
        name="thousands of rare ids",
        topic="rare categories",
        kind="debug",
        question="Adding the tail number, thousands of planes with a few flights each, makes the network *worse* "
        "on new months. More information, higher error: why, and what do you do?",
        answer="The network memorized the rare planes. A plane with five flights has a whole vector, or with one-hot a "
        "free weight for every unit of the first layer, to explain five targets, noise included; on new flights that "
        "noise comes back as an error. In our experiment the error of the one-hot network falls from about {{ "
        'printed(1, r"^one-hot, with planes +(\\S+) ±") | 14 }} to about {{ printed(1, r"^one-hot, no planes +(\\S+) '
        '±") | 12 }} minutes when the column is left out, and the embedding gains as well, though it has far fewer '
        "weights for each plane. Note what this is not: 64 numbers a plane did as well as 8, so a narrower table is "
        "not the cure. What helps: leaving the column out, a baseline that is easily forgotten; one shared row for all "
        "values with few rows; a penalty that keeps a row near the mean unless the data speak against it, as ridge "
        "does for the linear model, which on lateness did no better without the planes; backing off to coarser groups, "
        "so that a plane's vector is its airline's vector plus a small deviation; fewer epochs, since each epoch shows "
        "the same few rows again. Test by frequency bins: if the error of rare planes falls and that of frequent ones "
        "stays, it was this.",
        points=(
            "few rows against many free weights",
            "compare with the column left out",
            "share rows, penalize, back off to groups",
            "judge in bins of frequency",
        ),
        weak="Reduces the dimension and stops there, or concludes that the column holds no information.",
        follow_ups=(
            FollowUp(
                "Why did the penalized linear model not suffer?",
                "The fewer rows a weight has, the more ridge shrinks it, so the weights of rare planes stay near 0. "
                "That is partial pooling for free.",
            ),
            FollowUp(
                "Is more data of the same months a cure?",
                "For the planes with many flights, yes. But new rare planes come along with it, so the tail does "
                "not vanish; a scheme for rare ids is needed anyway.",
            ),
        ),
        source="[scikit-learn, *Ridge "
        "regression*](https://scikit-learn.org/stable/modules/linear_model.html#ridge-regression-and-classification)",
        place=(1, "Why is one-hot behind? Change one thing at a time"),
    ),
    Card(
        name="better order, worse probabilities",
        topic="rare categories",
        kind="explain",
        question="A network with embeddings of rare ids orders flights better than chance by AUC, yet its log loss "
        "is above that of always answering the average rate. How can that be?",
        answer="AUC asks only for the order, log loss for the probabilities, and a model may be right about one and "
        "wrong about the other. Log loss is the mean of $-\\ln$ of the probability that was given to what happened. So "
        "confidence counts. Say a flight gets $0.95$ for being late and is on time: that costs {{ -log(1 - 0.95) | 3.0 "
        "}} nats, where the average rate, say $0.22$, costs {{ -log(1 - 0.22) | 0.25 }}. Being just as sure of a "
        "flight that is on time, and right, gains only {{ log(0.95) - log(0.78) | 0.2 }}, so it takes {{ (log(0.78) - "
        "log(0.05)) / (log(0.95) - log(0.78)) | 14 }} of those to pay for one such mistake, and memorized rare ids "
        "make such mistakes. A second reason is a shift: our December was worse than every month of the training, so "
        "its probabilities were too low. The share of wrong answers would hide both, as it counts $0.51$ like $0.99$; "
        "the Brier score $(y - p)^2$ is bounded by 1 and forgives more; and the logarithm of the mean probability lets "
        "sure hits cover a confident mistake. Check with a calibration plot, and by frequency of the id. Cures: a "
        "penalty or a shared row for rare ids, early stopping on log loss, then calibration on later data, by a "
        "temperature or isotonic regression. A strictly increasing calibration leaves AUC as it is. And put the "
        "constant answer into every table of results.",
        points=(
            "AUC is blind to calibration",
            "log loss punishes confident mistakes without bound",
            "memorized rare ids and a shifted base rate",
            "calibrate; compare with the constant",
        ),
        weak="Calls the metrics contradictory, or drops the worse one.",
        follow_ups=(
            FollowUp(
                "Which of the two matters for ranking ads?",
                "The probabilities, because of the bids: the expected value is bid times probability, and ads with "
                "different bids are compared. The order alone is enough only if all bids are equal.",
            ),
            FollowUp(
                "Is the mean of the logarithms the logarithm of the mean?",
                "No: $-\\ln$ of the mean probability is smaller, by Jensen's inequality, and lets a few certain "
                "hits cover a confident mistake.",
            ),
        ),
        source="[scikit-learn, *Probability calibration*](https://scikit-learn.org/stable/modules/calibration.html)",
        place=(1, "A hard target: late by more than 15 minutes?"),
    ),
    Card(
        name="log loss of a rare category",
        topic="rare categories",
        kind="compute",
        question="A category has two rows, no click in either; the overall click rate is .2. Then come three rows "
        "of it: click, none, none. What is the log loss with the plain mean as the probability, and with smoothing "
        "$m = 8$?",
        answer="With the plain mean it is infinite; with smoothing it is about {{ -(log(0.16) + 2 * log(0.84)) / 3 | "
        ".73 }} nats. The plain mean of two rows without a click is $p = 0$, and the model then gives probability 0 to "
        "the click that comes: $-\\ln 0$. With $m = 8$, as if eight more rows had the overall rate, $p = (0 + 8 \\cdot "
        "0.2)/(2 + 8)$ = {{ 8 * 0.2 / 10 | .16 }}. For each row take the probability of *what happened*: $p$ for the "
        "click, $1 - p$ where there was none. So the loss is $-(\\ln 0.16 + 2 \\ln 0.84)/3$ = ({{ -log(0.16) | 1.83 }} "
        "+ 2 × {{ -log(0.84) | .174 }})/3. Compare with the overall rate for all: {{ -(log(0.2) + 2 * log(0.8)) / 3 | "
        ".69 }}; a coin toss has $\\ln 2$. Slips: summing $-y \\ln p$ alone counts the click only and forgets the two "
        "rows without; exchanging $p$ and $1 - p$ rewards the wrong answer; without the minus sign a good model has "
        "the larger number; the sum is not the mean; and $\\log_2$ gives bits, {{ -(log2(0.16) + 2 * log2(0.84)) / 3 | "
        "1.05 }} here. In code one works with logits and a stable function, `binary_cross_entropy_with_logits`, rather "
        "than clipping $p$ at some epsilon, which would decide what such a mistake costs.",
        points=(
            "−ln of the probability given to what happened",
            "both classes count, then the mean",
            "p = 0 makes it infinite: smooth",
            "natural logarithm: nats",
        ),
        weak="Uses only the positive term, or clips the zero at an arbitrary epsilon and reports a number that "
        "depends on it.",
        follow_ups=(
            FollowUp(
                "And the Brier score of the smoothed answer?",
                "The mean of $(y - p)^2$: {{ ((1 - 0.16)**2 + 2 * 0.16**2) / 3 | .25 }}; with the plain mean of 0 "
                "it would be {{ 1 / 3 | .33 }}, large but finite.",
            ),
            FollowUp(
                "How would you choose $m$?",
                "The one with the lowest log loss on later rows; or fit a beta prior to the click rates of all "
                "categories: $m$ is the sum of its two parameters, the number of rows that the prior is worth.",
            ),
        ),
        source="[scikit-learn, *Log loss*](https://scikit-learn.org/stable/modules/model_evaluation.html#log-loss)",
        place=(1, "A hard target: late by more than 15 minutes?"),
    ),
    Card(
        name="bytes of two tables",
        topic="memory of a table",
        kind="compute",
        question="50 million users and 10 million items, 64 float32 numbers each. How much memory do you need to "
        "train with Adam, and to serve?",
        answer="About {{ 3 * 60e6 * 64 * 4 / 1e9 | 46 GB }} to train and {{ 60e6 * 64 * 4 / 1e9 | 15.4 GB }} or less "
        "to serve. The tables are $60 \\cdot 10^6 \\cdot 64 \\cdot 4$ bytes = {{ 60e6 * 64 * 4 / 1e9 | 15.4 GB }}. "
        "Adam keeps two averages for each weight, so training holds three copies, and if the gradient is dense, a "
        "fourth: {{ 4 * 60e6 * 64 * 4 / 1e9 | 61 GB }}, too much for many GPUs. With sparse gradients and one number "
        "of optimizer state per row, as in row-wise Adagrad, it is the tables plus {{ 60e6 * 4 / 1e9 | 0.24 GB }}. To "
        "serve, no optimizer is needed, and numbers can be smaller: float16 halves it, {{ 60e6 * 64 * 2 / 1e9 | 7.7 GB "
        "}}; one byte a number is {{ 60e6 * 64 / 1e9 | 3.8 GB }}. Often only the items must lie in memory, {{ 10e6 * "
        "64 * 4 / 1e9 | 2.6 GB }} in float32, since a user's vector is fetched by key or computed from the history. "
        "Add what comes on top: an index such as HNSW with 32 links of 4 bytes an item adds {{ 10e6 * 32 * 4 / 1e9 | "
        "1.3 GB }}, and a copy for the version that is being rolled out doubles all of it. For scale: our whole table "
        "of books is {{ len(books.books) * 50 * 4 / 1e3 | 439 kB }}. I say the formula first, rows times dimensions "
        "times bytes, then the factor for the optimizer, then what else is there.",
        points=(
            "rows × dimensions × 4 bytes",
            "Adam: three times; dense gradients: four",
            "serving: fewer bytes, no optimizer",
            "index links and the second version",
        ),
        weak="Forgets the optimizer's state, or counts the network's layers, which are tiny beside the tables.",
        follow_ups=(
            FollowUp(
                "The tables do not fit one machine. What now?",
                "Split the rows over machines by id (the lookups then travel, not the table), or shrink: hashing "
                "the tail, fewer dimensions for rare ids, smaller numbers.",
            ),
            FollowUp(
                "Why not float16 in training?",
                "Small updates vanish: a step far below the spacing of float16 near the weight is rounded away. "
                "Use stochastic rounding or a float32 copy of the rows.",
            ),
        ),
        source="[PyTorch, `nn.Embedding`](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html)",
        place=(1, "1. What is wrong with one-hot?"),
    ),
    Card(
        name="weights up to the first layer",
        topic="memory of a table",
        kind="derive",
        question="$N$ categories go into a first layer of $h$ units: as one-hot, or by an embedding of $d$. Count "
        "the weights. When is the embedding the larger one?",
        answer="One-hot input needs $N h$ weights: each of $N$ inputs has one to each unit, and there is no table. The "
        "embedding needs $N d$ for its table *and* $d h$ for the layer that now reads $d$ inputs: $d\\,(N + h)$ in "
        "all. It is smaller if $N d + d h < N h$, that is if $N > \\frac{d h}{h - d}$. With $h = 128$ and $d = 16$ the "
        "border is at {{ 16 * 128 / (128 - 16) | 18.3 }} categories. For ten million products it is {{ 10e6 * 128 / "
        "1e9 | 1.28 billion }} against {{ (10e6 + 128) * 16 / 1e6 | 160 million }}, a factor of {{ 128 / 16 | 8 }}, "
        "which is $h/d$, no more. For the {{ flights.flights.origin.nunique() | 3 }} airports of New York it is {{ 3 * "
        "128 | 384 }} against {{ 3 * 16 + 16 * 128 | 2,096 }}: the embedding is *larger*. Common mistakes: they forget "
        "$d h$; they count $N h$ in addition, though it is replaced; they give the one-hot a table of $N \\times N$, "
        "though the identity is never stored; or they compare one-hot with itself, since the layer after an embedding "
        "is not $N$ wide. And if $d \\ge h$ the embedding is never smaller: a table of width $h$ whose rows go "
        "straight into the units is the one-hot layer itself.",
        points=(
            "one-hot: N h",
            "embedding: N d + d h",
            "smaller if N > d h/(h − d)",
            "the factor tends to h/d",
        ),
        weak='Says "N times d against N times N". The identity matrix is not a parameter.',
        follow_ups=(
            FollowUp(
                "And the multiplications per example?",
                "One-hot with lookup: $h$ additions for each column, no multiplications, if done sparsely. "
                "Embedding: copy $d$ numbers, then $d h$ multiplications. Neither depends on $N$.",
            ),
            FollowUp(
                "Several columns feed the same layer. What changes?",
                "For one-hot nothing, widths add up. With embeddings the layer reads the concatenation, so $d h$ "
                "is paid for each column.",
            ),
        ),
        source="[Guo & Berkhahn 2016, *Entity Embeddings of Categorical Variables*](https://arxiv.org/abs/1604.06737)",
        place=(1, "1. What is wrong with one-hot?"),
    ),
    Card(
        name="steps slow down with the table",
        topic="sparse gradients and optimizers",
        kind="debug",
        question="The batch stays at 1,024 rows. The table grows from 1 to 50 million rows of 16, and each "
        "training step takes 50 times as long. Why, and what do you change?",
        answer="The gradient is dense. By default `nn.Embedding` returns a gradient of the table's own shape, zeros "
        "nearly everywhere, {{ 50e6 * 16 * 4 / 1e9 | 3.2 GB }} to be written at each step; then Adam reads and writes "
        "weights and two averages for *every* row, because a zero gradient still lets the averages decay. The rows "
        "that the batch looked up are {{ 1024 * 16 * 4 / 1e3 | 66 kB }}. The step is bound by memory traffic that "
        "grows with $N$, though the work depends on $B$. The change: `sparse=True`, so that the gradient is a list of "
        "rows and values, and an optimizer that takes it: `SparseAdam`, `Adagrad` or plain `SGD`; `Adam` and `AdamW` "
        "refuse. Repeated rows are summed first. For big systems the optimizer is fused into the backward pass, so "
        "that no gradient is ever stored. Know what else changes: `SparseAdam` updates the averages only of rows in "
        "the batch, so a row does not go on moving after its last example, and in PyTorch there is no weight decay "
        "with sparse gradients. These are other training dynamics, so the learning rate has to be tuned again. To be "
        "sure of the cause, profile one step: if most of the time goes to the optimizer, and grows with $N$ and not "
        "with $B$, this is it.",
        points=(
            "a dense gradient and optimizer touch all N rows",
            "memory traffic grows with N, work with B",
            "sparse gradients with SparseAdam, Adagrad or SGD",
            "the dynamics are not those of dense Adam",
        ),
        weak="Blames the data loader or the lookup. A lookup costs the same in a large table, up to cache misses.",
        follow_ups=(
            FollowUp(
                "When is dense faster?",
                "When the table is small, or a batch touches a good part of its rows: coalescing and scattered "
                "writes cost more than one pass over everything.",
            ),
            FollowUp(
                "Does gradient clipping work with sparse gradients?",
                "Not out of the box: PyTorch's `clip_grad_norm_` raises an error for a sparse gradient, and repeated "
                "rows have to be summed before any norm is taken. Often only the dense part is clipped, or each row by "
                "itself.",
            ),
        ),
        source="[PyTorch, `nn.Embedding`: notes on sparse "
        "gradients](https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html)",
        place=(2, "11. The same code on films"),
    ),
    Card(
        name="Adam moves absent rows",
        topic="sparse gradients and optimizers",
        kind="derive",
        question="With dense Adam a rare row gets a single gradient late in training, and zeros before and after. "
        "How far does it move in all, in units of the learning rate?",
        answer="About {{ 0.1 / sqrt(0.001) / (1 - 0.9 / sqrt(0.999)) | 32 }} learning rates, nine tenths of it in "
        "steps that do not contain the row. Take one weight with gradient $g$ at step 0, all else zero, and $t$ late "
        "enough that the bias corrections are 1. After $j$ more steps the averages are $(1 - \\beta_1)\\,\\beta_1^j\\, "
        "g$ and $(1 - \\beta_2)\\,\\beta_2^j\\, g^2$, so the step is $\\eta\\, \\frac{1 - \\beta_1}{\\sqrt{1 - "
        "\\beta_2}} \\left(\\frac{\\beta_1}{\\sqrt{\\beta_2}}\\right)^j$: $g$ cancels. With $\\beta_1 = 0.9$ and "
        "$\\beta_2 = 0.999$ the first step is {{ 0.1 / sqrt(0.001) | 3.2 }} learning rates, already more than the "
        "usual one, since the second average is small against a single gradient. The steps shrink by a factor of {{ "
        "0.9 / sqrt(0.999) | .90 }} each, and a geometric series gives the sum. So dense Adam moves a rare row far for "
        "a single example, whatever the size of the gradient, as long as it is large against Adam's $\\epsilon$, and "
        "keeps moving it in an old direction. `SparseAdam` takes the first step and stops until the row comes again. "
        "Adagrad moves the weight by at most one learning rate for its first gradient, and less for each later one. "
        "That is one reason why tables are often trained with Adagrad while the dense layers keep Adam.",
        points=(
            "the gradient's size cancels",
            "first step (1 − β₁)/√(1 − β₂): about 3",
            "momentum carries on through zero gradients",
            "SparseAdam or Adagrad behave otherwise",
        ),
        weak='Says "a zero gradient means no update". With momentum it does not.',
        follow_ups=(
            FollowUp(
                "What if the gradient comes at the very first step?",
                "The bias corrections make the first step exactly one learning rate; the tail adds about five more "
                "before it dies out.",
            ),
            FollowUp(
                "Is it bad that the row keeps moving?",
                "Not always: for frequent rows it averages noise. For rare ones it lets a single example move the row "
                "ten times as far as its own step.",
            ),
        ),
        source="[Kingma & Ba 2015, *Adam: A Method for Stochastic Optimization*](https://arxiv.org/abs/1412.6980)",
        place=(2, "11. The same code on films"),
    ),
    Card(
        name="Adagrad for tables",
        topic="sparse gradients and optimizers",
        kind="compare",
        question="Adam, Adagrad or row-wise Adagrad for a large embedding table: what speaks for which?",
        answer="For a large table I would start with row-wise Adagrad, and keep Adam for the dense layers. Rows can "
        "differ a thousandfold in frequency, so no single learning rate suits all. Adagrad divides a row's step by the "
        "root of the sum of its own squared gradients: a row that comes often takes ever smaller steps, like $1/\\sqrt "
        "t$ if its gradients keep their size, a rare row still takes large ones. The row-wise version keeps one sum "
        "for each row, of the mean square of the gradient's $d$ numbers. For ten million rows of 64 that is {{ 10e6 * "
        "4 / 1e6 | 40 MB }} of state, where Adagrad with a number for each weight has {{ 10e6 * 64 * 4 / 1e9 | 2.6 GB "
        "}} and Adam {{ 2 * 10e6 * 64 * 4 / 1e9 | 5.1 GB }}. Absent rows are left alone, so sparse gradients give "
        "exactly the dense result. Row-wise also keeps the direction of the gradient and does not depend on the axes. "
        "What speaks against it: the sums only grow, so after months of continuous training frequent rows hardly move "
        "and cannot follow drift; reset or decay the sums, or use an averaging optimizer. And the value at which the "
        "sums start decides how large the first steps are. Adam forgets old gradients and so adapts after a change, "
        "and it is less work to tune where the table is small enough.",
        points=(
            "a step size for each row, by its own history",
            "one number of state a row, where Adam has 2 d",
            "sparse and dense updates agree",
            "sums only grow: bad for drift",
        ),
        weak='Says "Adam is the best default" without counting its state, or without thinking of rare rows.',
        follow_ups=(
            FollowUp(
                "Why does plain SGD do badly on tables?",
                "A row's total movement is roughly proportional to how often it comes, so a rate that is right for "
                "frequent rows leaves rare ones at their random start.",
            ),
            FollowUp(
                "What did word2vec use?",
                "Plain SGD with a linearly falling rate, and it works well enough. It helps that subsampling "
                "flattens the frequencies.",
            ),
        ),
        source="[Duchi, Hazan & Singer 2011, *Adaptive Subgradient "
        "Methods*](https://jmlr.org/papers/v12/duchi11a.html)",
        place=(2, "11. The same code on films"),
    ),
    Card(
        name="weight decay and rare rows",
        topic="sparse gradients and optimizers",
        kind="explain",
        question="AdamW with learning rate .001 and weight decay .01 trains a table. What does it do to the row of "
        "an item that is seen once in 100,000 steps, and is that what you want?",
        answer="AdamW shrinks *every* row at every step by the factor $1 - \\eta\\lambda$, seen or not. Between two "
        "visits of such an item that is $(1 - 10^{-5})^{100000}$ = {{ (1 - 1e-5)**100_000 | .37 }}: it has lost nearly "
        "two thirds of its length before it learns again, while an item in every batch makes up at once for the "
        "hundred-thousandth that a step takes. So the effective penalty is set by the time between visits. In "
        "moderation that is right: less data, more shrinkage, as in ridge regression. But here it depends on the "
        "number of steps, not on the data: with half the batch size there are twice as many steps between two visits. "
        "And near zero is not neutral. With a dot product, a short vector has all scores near 0. With the cosine the "
        "shrinking itself changes nothing, but the next single update turns a short vector a long way. With sparse "
        "gradients it is the other way round: decay is applied to rows in the batch only, if at all, so frequent rows "
        "are shrunk most and rare ones keep their random start. I would put the penalty into the loss, for the rows of "
        "the batch only, so that it is a penalty per example; or use no decay on the table, and a shared row for the "
        "rare. Then check norms against frequency, before and after.",
        points=(
            "decoupled decay touches all rows each step",
            "compute the factor between visits",
            "with sparse updates it is reversed",
            "decide the penalty per example or per row; look at norms",
        ),
        weak="Treats weight decay as harmless. In a table its strength depends on how often a row comes.",
        follow_ups=(
            FollowUp(
                "What does ALS do?",
                "The penalty is explicit for each row, often weighted by its number of ratings; with the weight it "
                "acts like a penalty per example, without it like a prior per row.",
            ),
            FollowUp(
                "Would shrinking toward another point than 0 be better?",
                "Often: toward the mean of the rows, or of the item's genre, so that an item without data is average "
                "and not zero.",
            ),
        ),
        source="[Loshchilov & Hutter 2019, *Decoupled Weight Decay Regularization*](https://arxiv.org/abs/1711.05101)",
        place=(1, "Why is one-hot behind? Change one thing at a time"),
    ),
]
