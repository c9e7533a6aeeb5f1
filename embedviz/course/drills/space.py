"""Cards: what distances and pictures of vectors mean, and do not mean."""

from embedviz.course.drills.card import Card, FollowUp

CARDS: list[Card] = [
    Card(
        name="three measures, one order",
        topic="cosine, dot product, distance",
        kind="derive",
        question="When do cosine, dot product and Euclidean distance give the same ranking? Derive it, and say "
        "what each does when they differ.",
        answer="For one query, all three give the same order if all items have the same length; the length of the "
        "query does not matter. Expand $\\lVert u - v \\rVert^2 = \\lVert u \\rVert^2 + \\lVert v \\rVert^2 - 2\\, u "
        "\\cdot v$, with $u$ the query. If $\\lVert v \\rVert$ is the same for all items, this is a constant less "
        "twice the dot product, and the dot product is a constant times the cosine. If the items differ in length, the "
        "three rankings differ: the dot product ranks by $\\lVert v \\rVert \\cos$, so long vectors win; cosine "
        "ignores length; Euclidean distance ranks by $u \\cdot v - \\lVert v \\rVert^2 / 2$, so it punishes long ones. "
        "Take $u = (1, 0)$ and the items $a = (1, 0)$ and $b = (3, 3)$: by dot product $b$ wins, 3 against 1; by "
        "cosine $a$, 1 against {{ 1 / sqrt(2) | .71 }}; by distance $a$, 0 against {{ sqrt(13) | 3.6 }}. The dot "
        'product is not a metric: a vector need not be its own best match. Neither is "cosine distance", one minus the '
        "cosine, which violates the triangle inequality; the angle does not. If you want the cosine, normalize the "
        "items once when the index is built, and an index for any of the three will do. Which one is right is another "
        "question: start with the one that training used.",
        points=(
            "|u − v|² = |u|² + |v|² − 2 u·v",
            "items of one length: same order",
            "dot favors long vectors, distance punishes them",
            "use what training used",
        ),
        weak='Says "cosine is normalized dot product" and stops, with no statement about rankings.',
        follow_ups=(
            FollowUp(
                "Your index supports Euclidean distance only, and you need the largest dot product.",
                "Append $\\sqrt{M^2 - \\lVert v \\rVert^2}$ to each item, $M$ the longest, and 0 to the query: the "
                "squared distance is then $\\lVert u \\rVert^2 + M^2 - 2\\, u \\cdot v$, and its order is that of "
                "the dot product.",
            ),
            FollowUp(
                "Which cosine do two random directions have in $d$ dimensions?",
                "It is 0 on average, with a standard deviation of $1/\\sqrt d$: {{ 1 / sqrt(100) | .1 }} for a hundred "
                "dimensions, so there a cosine of one half is far from chance.",
            ),
        ),
        source="[Bachrach et al. 2014, *Speeding Up the Xbox Recommender System Using a Euclidean Transformation "
        "for Inner-Product Spaces*](https://doi.org/10.1145/2645710.2645741)",
        place=(1, "First use: neighbors"),
    ),
    Card(
        name="cosine on a line",
        topic="cosine, dot product, distance",
        kind="debug",
        question="Airport vectors come from a network that predicts air time from New York. By cosine, Chicago's "
        "neighbors include Nantucket. Are the vectors bad?",
        answer="No, the measure is wrong for them. The vectors lie nearly on one line, the air time: the first "
        'principal axis holds about {{ round(printed(1, r"first axis holds \\*\\*(\\d+)%"), -1) | 90 percent }} of the '
        "variance. On a line through the origin the cosine can only tell on which side of the origin a vector lies; a "
        "flight of two hours and one of three may have the same direction, and then the small remainder, which is "
        "noise, decides the order. So check the measure on what it should find: neighbors by cosine are about {{ "
        'round(printed(1, r"^cosine +(\\d+\\.\\d)"), -1) | 50 }} minutes of air time apart on average, by Euclidean '
        'distance about {{ printed(1, r"^euclidean +(\\d+\\.\\d)") | 15 }}. Subtracting the mean does not help: it is '
        "still a line. The reason is the training. The first layer takes weighted sums of the vector's numbers, and "
        "nothing ever compared two directions, so position matters and angle does not. Where pairs were scored by dot "
        "product or cosine, as in word2vec or two towers, directions carry the meaning. So before I blame the table I "
        "ask how the vectors were used in the loss, and test the measure on something known.",
        points=(
            "nearly one line: cosine sees only the side",
            "the loss never compared directions",
            "Euclidean distance finds similar air times",
            "validate the measure on a known quantity",
        ),
        weak="Blames too little training, or assumes that cosine is always the right measure.",
        follow_ups=(
            FollowUp(
                "Is Euclidean distance always safe then?",
                "No. A layer may weigh one axis a hundred times another; distance in the table counts both alike. "
                "Distance after the first linear map is nearer to what the network sees.",
            ),
            FollowUp(
                "How would you get a table in which cosine works?",
                "Train with it: score pairs of airports by cosine in the loss, for instance which destinations "
                "share airlines and planes.",
            ),
        ),
        source="[Guo & Berkhahn 2016, *Entity Embeddings of Categorical Variables*](https://arxiv.org/abs/1604.06737)",
        place=(1, "First use: neighbors"),
    ),
    Card(
        name="cosine or dot",
        topic="cosine, dot product, distance",
        kind="compare",
        question='A factorization was trained with dot products. For "similar items", do you take cosine or dot '
        "product of the item vectors? Can you trust it?",
        answer="For similar items I start with cosine, for ranking items to a user with the dot product, and I test "
        "both, since a loss on dot products need not determine the cosines between items. The scores $U V^\\top$ stay "
        "as they are if an axis of $U$ is stretched by a factor and the same axis of $V$ shrunk by it: "
        "$(UD)(VD^{-1})^\\top = U V^\\top$ for any diagonal $D$. Dot products of users with items are the same; "
        "cosines between items are not. Take items $(1, .1)$ and $(1, -.1)$: cosine {{ (1 - 0.01) / 1.01 | .98 }}. "
        "Multiply the second axis of the items by ten, and divide the users' by ten: the items are $(1, 1)$ and $(1, "
        "-1)$, cosine {{ (1 * 1 - 1 * 1) / 2 | 0 }}, with not one score changed. What picks one of these solutions is "
        "the regularization and the optimizer. A penalty on both tables balances the axes; a penalty on the product "
        "leaves them free. So train with the similarity that you will use: in chapter 2 cosine in the loss was the "
        "largest step for neighbors. Length is not noise either: with dot products it often carries popularity, which "
        "you want when ranking for a user, and not when asking which items are similar to this one.",
        points=(
            "cosine for similar items, dot product for ranking",
            "scores are invariant to rescaling axes, cosines are not",
            "regularization decides which solution you get",
            "train with the measure you use",
        ),
        weak='Says "cosine is standard for embeddings" without asking what the loss was.',
        follow_ups=(
            FollowUp(
                "Does normalizing after training give the same as training with cosine?",
                "No. It discards lengths after the model has put information into them, and keeps directions that were "
                "never trained to be right by themselves.",
            ),
            FollowUp(
                "How would you test similar items without labels?",
                "Held-out co-occurrence: does the other item of a session come in the top ten? Then look at "
                "popularity in the lists, against a baseline of raw co-occurrence.",
            ),
        ),
        source="[Steck, Ekanadham & Kallus 2024, *Is Cosine-Similarity of Embeddings Really About "
        "Similarity?*](https://arxiv.org/abs/2403.05440)",
        place=(2, "What made the difference?"),
    ),
    Card(
        name="what a length says",
        topic="norms and frequency",
        kind="explain",
        question="What does the length of a learned vector tell you? Why is it related to frequency?",
        answer="The length tells how long the row was at the start, and how often and how consistently training pulled "
        "it in one direction. A row moves only when its id is in the batch. A rare row stays near its start, so its "
        "length is that of the initialization: {{ 0.05 * sqrt(50 / 3) | .20 }} for uniform numbers within $\\pm 0.05$ "
        "in 50 dimensions, but {{ sqrt(50) | 7.1 }} for PyTorch's normal default, {{ sqrt(50) / (0.05 * sqrt(50 / 3)) "
        "| 35 times }} as long. So with a small initialization rare items are short, and with a large one they may be "
        "the longest of all, with a random direction. A frequent row has been pulled often. If its contexts agree, "
        "pulls add up and it grows; if they are mixed, as for *the*, they cancel in part. For this reason the length "
        "of word2vec's vectors, together with the frequency, was proposed as a measure of a word's significance. And "
        "in a dot product with true pairs against random negatives, popularity must sit somewhere: without a bias, a "
        'long vector along the direction that users share is the way to say "everybody". In a plain SVD of who rated '
        "which film, length is popularity and little else: its rank correlation with the number of raters is {{ "
        "np.corrcoef(*np.argsort(np.argsort([np.linalg.norm(film_vectors, axis=1), film_raters])))[0, 1] | .99 }}. So "
        "before I use or drop lengths, I plot them against counts.",
        points=(
            "rare rows keep their initial length",
            "consistent pulls add up, mixed ones cancel",
            "dot product stores popularity in length",
            "depends on initialization and loss: plot it",
        ),
        weak="States that frequent items always have longer vectors. It depends on initialization, loss and negatives.",
        follow_ups=(
            FollowUp(
                "What do you lose by normalizing all rows?",
                "The model's confidence and popularity: a rare row with a random direction now counts as much as a "
                "well-trained one. Filter by count, or shrink rare rows to the mean first.",
            ),
            FollowUp(
                "Would a bias per item help?",
                "Yes: it takes the popularity over, so that length is free for other things; serve it as one more "
                "dimension, with a 1 in the query.",
            ),
        ),
        source="[Schakel & Wilson 2015, *Measuring Word Significance using Distributed Representations of "
        "Words*](https://arxiv.org/abs/1508.02297)",
        place=(2, "10. What goes wrong"),
    ),
    Card(
        name="blockbusters everywhere",
        topic="norms and frequency",
        kind="debug",
        question='The "similar films" row of a shop shows the same few blockbusters for nearly every film. The '
        "vectors come from a factorization of views, neighbors by dot product. What do you do?",
        answer="Use cosine, since by dot product the long vectors win everywhere, and here length is popularity. That "
        "is checked in two minutes: count in how many lists each film appears, and correlate length with views. In "
        "MovieLens, with 32 dimensions of a plain SVD, one film is in the top ten of {{ 100 * "
        "occurrences(film_vectors, 'dot').max() / len(film_vectors) | 67 percent }} of all films by dot product, and "
        "by cosine no film in more than {{ 100 * occurrences(film_vectors, 'cosine').max() / len(film_vectors) | 3 "
        "percent }}. The reason is visible in the SVD: with all dimensions the squared length of a film's vector *is* "
        "the number of its raters, and 32 dimensions keep that order, with a rank correlation of {{ "
        "np.corrcoef(*np.argsort(np.argsort([np.linalg.norm(film_vectors, axis=1), film_raters])))[0, 1] | .99 }}. But "
        "cosine has the opposite fault: the direction of a film with three viewers is mostly chance, and the film can "
        "now turn up as somebody's perfect neighbor. So require a minimum of views, or shrink: divide by length plus a "
        "constant, or by length to a power between 0 and 1, which is a dial from popular to obscure. Then measure, "
        "with held-out co-views and the share of lists that the top film takes. In the row of recommendations for the "
        "user, popularity stays in the score, as it was in the loss.",
        points=(
            "dot product: long vectors win",
            "check: count occurrences, correlate length and views",
            "cosine, but guard against rare items",
            "a dial between both, measured",
        ),
        weak="Bans the blockbusters by a rule, or retrains with more dimensions.",
        follow_ups=(
            FollowUp(
                "After the switch some lists are full of films nobody knows. Is cosine wrong?",
                "It shows noise that length used to hide. Filter by views, shrink the vectors of rare films, and "
                "judge by views and co-views, not by eye.",
            ),
            FollowUp(
                "Is a film that is near to many others always a fault?",
                "No. A film in the middle of a large genre is rightly near to many. A fault is a film that is near "
                "to films with which it has no viewers in common beyond chance.",
            ),
        ),
        source="[Steck, Ekanadham & Kallus 2024, *Is Cosine-Similarity of Embeddings Really About "
        "Similarity?*](https://arxiv.org/abs/2403.05440)",
        place=(2, "What made the difference?"),
    ),
    Card(
        name="all cosines are high",
        topic="anisotropy",
        kind="debug",
        question='Two random sentences have a cosine of .85 in your encoder, so the rule "duplicate if above .8" '
        "marks everything. What is going on?",
        answer="All vectors share a large common component. Write $v = c + e$ with the same $c$ for all and "
        "independent remainders of mean 0. The dot product of two is then $\\lVert c \\rVert^2$ on average, the "
        "squared length $\\lVert c \\rVert^2 + \\lVert e \\rVert^2$, so in many dimensions the cosine is close to "
        "$\\frac{\\lVert c \\rVert^2}{\\lVert c \\rVert^2 + \\lVert e \\rVert^2}$. From .85 follows that the common "
        "part is {{ sqrt(0.85 / 0.15) | 2.4 times }} as long as the rest. The vectors fill a narrow cone: anisotropy. "
        "It has been reported above all for contextual language models, where often a few dimensions cause most of it. "
        "Nothing need be lost: the differences still carry the meaning, and rankings may be good. The mistake is to "
        'read .8 as "four fifths the same". First, set the threshold from data: cosines of known duplicates and of '
        "random pairs, and choose by precision. Second, try to subtract the mean of a sample of your texts, and "
        "perhaps the first one to three principal components; random pairs then have a cosine near 0. Third, check on "
        "labeled pairs whether ranking got better, because that is not guaranteed. And store the mean with the model: "
        "queries and documents must be centered by the same vector.",
        points=(
            "a common component raises all cosines",
            "c² over c² + e²",
            "calibrate thresholds on pairs, not by intuition",
            "centering may help ranking; test, and version the mean",
        ),
        weak="Concludes that the encoder is bad, or just raises the threshold without labeled pairs.",
        follow_ups=(
            FollowUp(
                "Does centering change the ranking of documents for one query?",
                "By cosine yes, because lengths and angles change. By distance no, if both sides are shifted. By dot "
                "product it does not if only the documents are centered, as $u \\cdot (v - c)$ is $u \\cdot v$ less a "
                "constant; if the query is centered too, each document also loses $c \\cdot v$.",
            ),
            FollowUp(
                "Could a contrastive loss avoid it?",
                "Its negatives push random pairs apart, which spreads the vectors over the sphere. Encoders trained in "
                "that way are usually less anisotropic, and the temperature controls how strongly.",
            ),
        ),
        source="[Ethayarajh 2019, *How Contextual are Contextualized Word "
        "Representations?*](https://arxiv.org/abs/1909.00512)",
        place=(1, "First use: neighbors"),
    ),
    Card(
        name="center, remove or whiten",
        topic="anisotropy",
        kind="compare",
        question="Against anisotropy one can subtract the mean, remove the top principal components as well, or "
        "whiten. What does each do, and when is it harmful?",
        answer="Each step takes more away: start with subtracting the mean, which is cheap and nearly always worth a "
        "try. Centering removes what all vectors share, so that the cosine of random pairs is about 0. Removing the "
        'top one to three components as well ("all-but-the-top") takes out directions that often hold word frequency; '
        "its authors found gains on many word vectors. Whitening scales all directions to the same variance, so that "
        "the cosine cannot be ruled by a few. It is also the riskiest: small directions are mostly noise and are blown "
        "up, and its covariance has to be estimated, for $d = 768$ {{ 768 * 769 // 2 | 295,296 }} numbers, so a few "
        "thousand texts are too few; keep only the larger directions. Harmful cases: the common part may be the "
        "signal. If scores are dot products and length or the main direction carries popularity, taking it out changes "
        "the model, not its looks. And say which measure comes after it. Distances do not change at all if both sides "
        "are shifted. Centering only the items shifts all dot products of a query alike, so the ranking stays; with "
        "the query centered too, each item also loses $c \\cdot v$. The cosine changes in any case. All three are "
        "fitted on a sample, which must come from the domain of the queries, and what was fitted belongs to the "
        "model's version. Judge on labeled pairs or on the task.",
        points=(
            "centering: removes the common part",
            "top components: often frequency",
            "whitening equalizes, blows up noise, needs many samples",
            "may remove signal; test on the task",
        ),
        weak='Applies whitening because isotropic "must be better". Isotropy by itself is no goal.',
        follow_ups=(
            FollowUp(
                "Where do these directions come from?",
                "In word vectors, frequency is a usual suspect: plot the top component against log counts. In "
                "transformers, a few outlying dimensions dominate; standardizing each dimension then removes much of "
                "it.",
            ),
            FollowUp(
                "You whiten documents but not queries. What happens?",
                "Dot products and cosines mix two coordinate systems; scores are wrong with no error raised. The "
                "same transform must be applied to both.",
            ),
        ),
        source="[Mu & Viswanath 2018, *All-but-the-Top*](https://arxiv.org/abs/1702.01417)",
        place=(2, "10. What goes wrong"),
    ),
    Card(
        name="one item in every list",
        topic="hubness",
        kind="debug",
        question="In a catalog of 1,000 items with 100-dimensional vectors, one item is among the ten nearest of "
        "hundreds of others, and many items are in nobody's list. Is the index broken?",
        answer="Probably not; that is hubness, and exact search shows it too. Let $N_{10}$ be the number of lists in "
        "which an item appears. The mean of $N_{10}$ is always 10; its distribution becomes more and more skewed as "
        "the dimension grows. For 1,000 normal random points the most popular one is in {{ "
        "occurrences(random_points(2), 'distance').max() | 17 }} lists in two dimensions and in {{ "
        "occurrences(random_points(100), 'distance').max() | 358 }} in a hundred (another draw gives {{ "
        "occurrences(np.random.default_rng(1).normal(size=(1000, 100)), 'distance').max() | 140 }}), while {{ "
        "(occurrences(random_points(100), 'distance') == 0).sum() | 184 }} are in none. There is no structure in these "
        "data. The reason: in many dimensions all points are about equally far from the center, but a point that is a "
        "little nearer to it is a little nearer to *all* others, and since distances hardly differ, a little is "
        "enough. So the measure matters: for the same points by cosine, which has no center to be near, the most "
        "popular is in {{ occurrences(random_points(100), 'cosine').max() | 20 }} lists. A common component can bring "
        "hubs back, and so can lengths under the dot product. I would count $N_{10}$, look at its maximum and at the "
        "share of zeros, compare dot product, cosine and cosine after centering, and only then suspect the approximate "
        "index.",
        points=(
            "count k-occurrences: mean k, skewed",
            "points near the center are near to all",
            "measure and centering decide how much",
            "items in no list are the other side",
        ),
        weak="Explains the hub by popularity and moves on. In random data nothing is popular, and there are hubs all "
        "the same.",
        follow_ups=(
            FollowUp(
                "Why does it matter in a recommender?",
                "The items in no list are never shown through neighbors, whatever their quality, and the hub "
                "wastes places in lists where it says nothing.",
            ),
            FollowUp(
                "Does a learned embedding behave like 100 random dimensions?",
                "Not quite: what counts is the intrinsic dimension, which is often far lower than the number of axes, "
                "so hubs may be milder. Measure them.",
            ),
        ),
        source="[Radovanović, Nanopoulos & Ivanović 2010, *Hubs in "
        "Space*](https://jmlr.org/papers/v11/radovanovic10a.html)",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="against hubs",
        topic="hubness",
        kind="compare",
        question="A hub has cosine .70 with the query and mean cosine .65 with its own ten nearest; another item "
        "has .60 and .40. Which one does CSLS rank first, and what else is there against hubs?",
        answer="The other item comes first. CSLS, cross-domain similarity local scaling, scores $2\\cos(x, y) - r(x) - "
        "r(y)$, where $r$ is the mean cosine to the ten nearest on the other side. $r(x)$ is the same for all "
        "candidates, so compare {{ 2 * 0.70 - 0.65 | .75 }} for the hub with {{ 2 * 0.60 - 0.40 | .80 }}: an item that "
        "is near to everything must be nearer still to count. It was made for translating words, where a few hubs had "
        "come out as the translation of many words. Cheaper things first: cosine instead of distance or dot product, "
        "and centering, which remove the usual causes. Then mutual neighbors: keep $y$ only if $x$ is in its list too; "
        "simple, but lists get short, and items in no list stay out. Local scaling and its kin rescale each distance "
        "by the neighborhoods of both ends. The inverted softmax normalizes over queries instead of items, so that a "
        "hub's probability is divided among all the queries that it is near to. The costs: $r$ for all items has to be "
        "computed beforehand and again when items change. Serving is simple: the correction is an offset per item, so "
        "give normalized items one more dimension holding $-r(y)$, ask with the query $(2x, 1)$, and any index for dot "
        "products does it.",
        points=(
            "CSLS: 2 cos minus both mean neighbor similarities",
            "centering and cosine first",
            "mutual neighbors, local scaling",
            "an offset per item, servable as a dimension",
        ),
        weak="Filters the hub by name. The next one takes its place.",
        follow_ups=(
            FollowUp(
                "Can such a correction do harm?",
                "Yes: an item in a dense genre has a high $r$ for good reasons and is pushed down below odd items. "
                "Check relevance, not just the evenness of lists.",
            ),
            FollowUp(
                "What is $r$ computed against in retrieval with towers?",
                "Against a sample of real queries: the hub is near to many *queries*. Mean similarity to other "
                "items would correct another thing.",
            ),
        ),
        source="[Conneau et al. 2018, *Word Translation Without Parallel Data*](https://arxiv.org/abs/1710.04087)",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="a similarity test is small",
        topic="intrinsic and extrinsic evaluation",
        kind="compute",
        question="On WordSim-353 your vectors have a Spearman correlation of .35, a rival's .40. Only 99 of the "
        "pairs could be asked. Is the rival better? Give a 95 percent interval.",
        answer="You cannot say from these two numbers. By Fisher's transform the correlation of $n$ pairs has a "
        "standard error of about $\\sqrt{1.06/(n-3)}$ on the scale of artanh, here {{ sqrt(1.06 / 96) | .105 }}. The "
        "95 percent interval of .35 is then $\\tanh(\\operatorname{artanh} .35 \\pm 1.96 \\cdot {{ sqrt(1.06 / 96) | "
        ".105 }})$, from {{ tanh(atanh(0.35) - 1.96 * sqrt(1.06 / 96)) | .16 }} to {{ tanh(atanh(0.35) + 1.96 * "
        "sqrt(1.06 / 96)) | .52 }}, and .40 lies well inside. To tell such a gap apart unpaired would take about {{ "
        "round(3 + 2 * 1.06 * (1.96 / (atanh(0.4) - atanh(0.35)))**2, -2) | 2,400 }} pairs, and even with so many the "
        "test would find it only half of the time. Both were asked the same pairs, though, so resample the *pairs* a "
        "thousand times and look at the difference of the two correlations: much of the noise is common to both and "
        "cancels. Three more doubts. Which pairs were asked? Words that are not in the vocabulary drop out silently; a "
        "rival with a larger vocabulary answers harder ones, so compare on the common pairs and state the share. Who "
        "was tuned on these pairs? And what is measured: WordSim rates relatedness, *coffee – cup*, not similarity. "
        "Even a significant difference need not carry over to a task: in a study with sequence labeling, most "
        "similarity tests predicted the result badly. So such a test finds broken vectors, and the task chooses "
        "between sound ones.",
        points=(
            "standard error about 1/√(n − 3): .1 here",
            "paired resampling of the pairs",
            "same pairs, coverage stated",
            "a similarity test is not the task",
        ),
        weak="Reports the difference as an improvement, without an interval.",
        follow_ups=(
            FollowUp(
                "Why Spearman and not Pearson?",
                "Only the order of the ratings is comparable with cosines; which cosine belongs to a rating of 6 is "
                "arbitrary. Spearman is the same for every increasing map of either.",
            ),
            FollowUp(
                "Which intrinsic test would you still run on item vectors?",
                "Neighbors by an attribute that training did not see, like the author, beside raw co-occurrence; "
                "it is quick and finds bugs in the pipeline.",
            ),
        ),
        source="[Chiu, Korhonen & Pyysalo 2016, *Intrinsic Evaluation of Word Vectors Fails to Predict Extrinsic "
        "Performance*](https://aclanthology.org/W16-2501/)",
        place=(3, "5. Is it any good?"),
    ),
    Card(
        name="an hour before the A/B test",
        topic="intrinsic and extrinsic evaluation",
        kind="design",
        question="A team hands you new item vectors and asks whether they are better. You have an hour and no live "
        "traffic. What do you test?",
        answer="I ask what they are for, and test that first. If they retrieve candidates: fix a day, make sure that "
        "the vectors were trained on earlier data only, and compare recall in the top hundred on later interactions "
        "with the old vectors, popularity, and a plain rival such as co-occurrence or EASE. If they are features for "
        "another model: put both into *that* model, with the same rows and tuning, and look at its loss; and with few "
        "labels too, as pretrained vectors usually help most there, while with many they may add nothing to the raw "
        "columns. Second, quick health checks: lengths against counts, mean cosine of random pairs, in how many lists "
        "the most frequent neighbor appears, share of items without a vector. Third, slices: new items, rare ones, "
        "small markets; a mean hides them. Fourth, noise: two seeds of the new vectors, and resampled users, so that I "
        "know which difference counts. Neighbor lists come last, to look for bugs, on twenty items chosen at random "
        "and not on the team's own examples. I would report an interval for one main measure that was chosen "
        "beforehand; of five measures one is likely to be up by chance. And what offline data cannot tell: users could "
        "only click on what the old system showed, which favors the old vectors; hence the A/B test.",
        points=(
            "the task first, with plain rivals",
            "downstream: same model, also with few labels",
            "slices and noise: seeds, resampled users",
            "neighbor lists only to find bugs",
            "logged data favor the old system",
        ),
        weak="Shows a t-SNE picture and five good-looking neighbor lists.",
        follow_ups=(
            FollowUp(
                "Recall rises, but the downstream ranker does not improve. Why?",
                "It may already have that information from other features, or the candidates gained are ones that "
                "it ranks low. Look at what the new candidates are.",
            ),
            FollowUp(
                "When are intrinsic checks enough?",
                "To reject: a bug, vectors of two versions mixed, a cone of cosines. Never to choose between two "
                "sound candidates.",
            ),
        ),
        source="[Faruqui et al. 2016, *Problems With Evaluation of Word Embeddings Using Word Similarity "
        "Tasks*](https://arxiv.org/abs/1605.02276)",
        place=(2, "9. Is it any good? Against rivals that need no network"),
    ),
    Card(
        name="islands in a map",
        topic="traps of PCA, t-SNE and UMAP",
        kind="debug",
        question="A t-SNE picture of customer vectors shows five islands, two of them far from the rest, one much "
        "larger. Product wants five segments. What do you say?",
        answer="I say that the picture shows roughly which customers are near each other, but not how many groups "
        "there are, how large they are or how far apart. t-SNE fits probabilities of being neighbors, scaled at each "
        "point to a set number of neighbors, the perplexity. So dense regions are spread and sparse ones pulled "
        "together: the area of an island says little about its variance. Gaps between islands hardly enter the loss, "
        "so distances and even the arrangement depend on start and perplexity. And with a small perplexity even random "
        "noise forms clumps. UMAP has the same limits; its spectral initialization makes the overall layout more "
        "stable, but does not make distances meaningful. What I would check: does each island come back with other "
        "seeds and perplexities? Are they clusters in the original space: k-means there, silhouette, stability under "
        "resampling? What share of each point's ten true neighbors does the picture keep? And what makes an island: "
        "often it is a country, an app version or an empty history, an artifact that no segment should be built on. If "
        "the aim is segments, cluster the vectors, not the picture, and judge segments by what they predict. The "
        "picture is then good for showing them.",
        points=(
            "sizes and gaps mean little",
            "perplexity and start shape the picture; noise clumps",
            "verify in the original space",
            "find out what the islands are: artifacts",
        ),
        weak="Names the islands. Or says t-SNE is useless: local neighborhoods are what it keeps best.",
        follow_ups=(
            FollowUp(
                "Is PCA honest then?",
                "It does not invent distances: in the picture they are never larger than the true ones. But what it "
                "drops is invisible, and far points can lie on top of each other.",
            ),
            FollowUp(
                "May one cluster the t-SNE coordinates?",
                "Not to count or separate groups: clusters would be those of the picture. Cluster in the original "
                "space, or after a PCA that keeps most of the variance.",
            ),
        ),
        source="[Wattenberg, Viégas & Johnson 2016, *How to Use t-SNE "
        "Effectively*](https://distill.pub/2016/misread-tsne/)",
        place=(2, "7. First use: nearest neighbors, and the map"),
    ),
    Card(
        name="two axes of fifty",
        topic="traps of PCA, t-SNE and UMAP",
        kind="compute",
        question="A PCA picture of 2,193 vectors of 50 dimensions holds 12 percent of the variance on two axes. Is "
        "that structure? And what can you read off it?",
        answer="It is more than noise, and the picture still leaves out most. If all directions had the same variance, "
        "two of 50 would hold {{ 2 / 50 * 100 | 4 percent }}. A sample of pure noise shows a bit more, because PCA "
        "picks the largest by chance: for 2,193 normal vectors of 50 dimensions {{ (lambda s: 100 * s[:2].sum() / "
        "s.sum())(np.linalg.svd(np.random.default_rng(0).normal(size=(2193, 50)), compute_uv=False)**2) | 5.2 percent "
        "}}. So 12 is structure, about three times the even share, and {{ 100 - 12 | 88 percent }} of the squared "
        "distances, on average over all pairs, lie in directions that you do not see: points on top of each other may "
        "be far apart. What can be read: two points far apart in the picture *are* far apart, since a projection never "
        "lengthens. What cannot: that near points are neighbors. So list neighbors from the 50 dimensions and mark "
        "them in the picture, or report how many of ten are kept. Traps around it: without centering the first axis is "
        "mostly the mean; features of different units let the largest one win; the sign of an axis is arbitrary, so "
        "two runs may be mirrored; axes with nearly equal variance can be rotated into each other; and an axis that "
        "correlates with something known, like popularity, may be nothing else.",
        points=(
            "even share is 2/d; noise a bit above",
            "most of the distance is unseen",
            "a projection only shortens distances",
            "center; units, signs, near-equal axes",
        ),
        weak="Reads neighborhoods off the picture, or demands 80 percent before using PCA at all.",
        follow_ups=(
            FollowUp(
                "With 93 percent on one axis, what have you learned?",
                "That the vectors lie nearly on a line; look for the quantity that it is. For our airports it was "
                "the air time, a single number.",
            ),
            FollowUp(
                "PCA to 50 dimensions before UMAP: why?",
                "It is cheaper and removes noise directions, with little loss of neighbors if the share kept is "
                "high. Check neighbors kept, not the share alone.",
            ),
        ),
        source="[scikit-learn, *PCA*](https://scikit-learn.org/stable/modules/decomposition.html#pca)",
        place=(2, "7. First use: nearest neighbors, and the map"),
    ),
    Card(
        name="what coordinate seven means",
        topic="rotation of axes",
        kind="derive",
        question="What does the seventh number of an item's vector mean? Show why, and say when it does mean "
        "something.",
        answer="By itself it means nothing, as long as the model uses the vectors only through scores $S = U V^\\top$. "
        "For any orthogonal $R$, $(UR)(VR)^\\top = U R R^\\top V^\\top = U V^\\top$: every score is as before, and "
        "every coordinate is different. Lengths, cosines and penalties on squared lengths stay as well, so nothing in "
        'the loss prefers one $R$. For the books a random rotation changes a coordinate by up to {{ printed(2, r"a '
        'coordinate +(\\d\\.\\d+)") | .8 }} and no similarity at all. For dot products alone there is even more '
        "freedom: any invertible $A$ works, with $UA$ and $V A^{-\\top}$; penalties and cosines take that away. The "
        "axes do mean something in these cases: constraints that single out the axes, such as non-negative factors or "
        "an L1 penalty; a layer after the table that treats coordinates one by one, such as a ReLU or a gate for each; "
        "PCA, where axes are ordered by variance and fixed up to sign; Matryoshka training, where the first "
        "coordinates must suffice alone. Adam, too, singles out the axes, as it scales each coordinate by itself: from "
        "a rotated start it ends with other scores, while plain gradient descent ends with the same. To find out what "
        "the vectors know, ask about directions: fit a linear probe for genre or year, and report its accuracy on "
        "held-out items.",
        points=(
            "(UR)(VR)ᵀ = UVᵀ",
            "lengths and cosines survive too",
            "non-negativity, L1, ReLU, PCA fix axes",
            "ask by probes along directions",
        ),
        weak="Interprets the axis by looking at the items with the highest values. One can find a story for random "
        "axes as well.",
        follow_ups=(
            FollowUp(
                "What must not be done across two trainings?",
                "Subtract, average or compare coordinates. Compare neighbors or similarities, or align first.",
            ),
            FollowUp(
                "Are element-wise products of two vectors meaningful features?",
                "They depend on the axes, so a rotation changes them; a model trained on them fixes the frame, and "
                "must be trained again when the vectors are.",
            ),
        ),
        source="[Hamilton, Leskovec & Jurafsky 2016, *Diachronic Word Embeddings Reveal Statistical Laws of "
        "Semantic Change*](https://arxiv.org/abs/1605.09096), section 2",
        place=(2, "What the axes mean: nothing"),
    ),
    Card(
        name="half a deployment",
        topic="rotation of axes",
        kind="debug",
        question="After a routine retraining, recall in production falls to nearly nothing. Every service is up, "
        "each tower passes its own tests. Where do you look?",
        answer="At versions: I suspect that new user vectors are searched in an index of old item vectors. Two "
        "trainings agree on angles within one run, not on axes: the new run is turned by an arbitrary rotation, so "
        'a dot product across runs means nothing. In our film experiment recall@20 is {{ printed(4, r"^old users, '
        'old films +(0\\.\\d+)") | .25 }} within one version and {{ printed(4, r"^new users, old films '
        '+(0\\.\\d+)") | .03 }} across two. Shapes and types are the same, so no test is red. To confirm it, take '
        "a hundred users, compute both towers with the same version offline, and compare with what the service "
        "returns; or look whether the top scores are far lower than usual. The cure is one version number that "
        "travels with model, index and cached vectors; the query service refuses a mismatch; both switch at once: "
        "build the new index beside the old one, then flip the two together, and keep the old pair to roll back. "
        "Cached user vectors and those stored as features of other models belong to it. If old vectors must live "
        "on, align: an orthogonal rotation fitted on items that both runs know restores most of it. It is a "
        "bridge, not a plan: what really changed between runs, and items new to one of them, it cannot align.",
        points=(
            "two trainings have different axes",
            "confirm offline with one version",
            "one version number; atomic switch; rollback",
            "caches and downstream features too",
        ),
        weak="Starts to debug the new model's quality, or the approximate index.",
        follow_ups=(
            FollowUp(
                "How do you start training so that versions stay close?",
                "Start from the old weights, so that the frame mostly stays, or add a loss that ties new vectors "
                "to old ones (backward-compatible training). Both only slow the drift or cost quality, so keep the "
                "version check.",
            ),
            FollowUp(
                "Downstream teams store your vectors as features. What do you offer?",
                "Versioned tables with an overlap of weeks, an aligned copy in the old frame, and a date on which "
                "the old one ends.",
            ),
        ),
        source="[Shen et al. 2020, *Towards Backward-Compatible Representation "
        "Learning*](https://arxiv.org/abs/2003.11942)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="best rotation",
        topic="rotation of axes",
        kind="derive",
        question="$A$ and $B$ hold the vectors of the same items from two trainings. Find the rotation $R$ that "
        "makes $AR$ closest to $B$. What can it not repair?",
        answer="$R = U V^\\top$, where $A^\\top B = U \\Sigma V^\\top$ is the singular value decomposition. "
        "Derivation: $\\lVert AR - B \\rVert_F^2 = \\lVert A \\rVert_F^2 + \\lVert B \\rVert_F^2 - 2 "
        "\\operatorname{tr}(R^\\top A^\\top B)$, because $R$ keeps lengths. So maximize "
        "$\\operatorname{tr}(R^\\top U \\Sigma V^\\top) = \\operatorname{tr}(Z \\Sigma)$ with $Z = V^\\top R^\\top "
        "U$, which is orthogonal too. $\\operatorname{tr}(Z\\Sigma) = \\sum_i Z_{ii} \\sigma_i$, and no entry of "
        "an orthogonal matrix exceeds 1, so the best is $Z = I$, that is $R = U V^\\top$. This needs $A^\\top B$ "
        "alone, a $d \\times d$ matrix: for 50 dimensions {{ 50 * 50 | 2,500 }} numbers from thousands of items, "
        "so overfitting is small; still, fit on one half and look at the other. With our books the same coordinate "
        "of two seeds hardly correlates as trained; after the rotation the correlation is about {{ printed(2, "
        'r"\\*\\*(\\d\\.\\d+)\\*\\* after the rotation") | .7 }}. Not 1: the runs do differ, and that no '
        "rotation repairs. Nor does it mend different lengths (normalize, or fit a scale), a shifted mean (center "
        "first), or differences in direction by which a linear map, fitted freely, might do better, at the price "
        "of bending similarities. The formula allows reflections, which is right here: a mirrored space has the "
        "same similarities.",
        points=(
            "minimize the norm = maximize a trace",
            "SVD of AᵀB, R = UVᵀ",
            "fit on one half, judge on the other",
            "cannot repair true differences, scale or mean",
        ),
        weak="Uses least squares for a free linear map and calls it a rotation: similarities are no longer kept.",
        follow_ups=(
            FollowUp(
                "Which items do you fit it on?",
                "On frequent ones that should not have moved, weighted by count: rare rows are mostly noise, and "
                "items under study must not decide the frame.",
            ),
            FollowUp(
                "And if no items are known in common?",
                "Then match distributions: adversarially or by similarity profiles, then refine by Procrustes on "
                "mutual neighbors. It works for related languages and fails without warning.",
            ),
        ),
        source="[Schönemann 1966, *A Generalized Solution of the Orthogonal Procrustes "
        "Problem*](https://doi.org/10.1007/BF02289451)",
        place=(2, "What the axes mean: nothing"),
    ),
    Card(
        name="precision of neighbors",
        topic="intrinsic and extrinsic evaluation",
        kind="compute",
        question="Four books: A is a novel and a satire, B a satire, C a poem, D has no genre. Nearest two: A has B "
        "and D, B has A and C, C has D and B, D has A and B. Compute precision@2 of the neighbors by genre. Which "
        "decisions are in that number?",
        answer="It is {{ (1 / 2 + 1 / 2 + 0) / 3 | .33 }}. A hit is a neighbor that shares at least one genre with its "
        "book. A: B is a hit by satire, D is none, so a half. B: A is a hit, C is not, a half. C: no hit. D cannot be "
        "judged, since with no genre of its own nothing could be a hit; it stays out of the mean. So a half, a half "
        "and zero, over three books. The decisions: count D as zero, and it is {{ (1 / 2 + 1 / 2 + 0 + 0) / 4 | .25 "
        "}}: that measures gaps in the labels, not vectors. A neighbor without labels, as D for A, still takes a place "
        "and counts as a miss; leave it out and A has a full hit. Ask for the *same* set of genres and all is zero; "
        "count genres in common, and a neighbor with three counts three times. A neighbor counts because it shares a "
        "label with the book, not because it has one at all. And the share of books with *any* hit is another measure, "
        "the hit rate, here {{ 2 / 3 | .67 }}; it hides whether one or all neighbors fit. Last, such a number means "
        "little alone: put chance, the raw features and a tuned rival beside it, judged on the same books. And make "
        "sure that training did not see the labels.",
        points=(
            "a hit shares at least one label; 1/3",
            "books without labels are left out, neighbors without are misses",
            "share of hits, not share of books with a hit",
            "rivals beside it; labels unseen in training",
        ),
        weak="Takes the mean over all books, or counts shared labels, and does not notice that this is another "
        "measure.",
        follow_ups=(
            FollowUp(
                "Frequent genres make it easy. What do you do?",
                "Compare with chance: a book of a frequent genre has hits in any list. Report the gain over chance, "
                "or the mean over genres, so that rare ones count alike.",
            ),
            FollowUp(
                "Recall or precision for more books by this author?",
                "Recall: an author may have two other books in the data, and then precision@10 cannot exceed a "
                "fifth. Recall asks how many of the two were found.",
            ),
        ),
        source="[Musgrave, Belongie & Lim 2020, *A Metric Learning Reality Check*](https://arxiv.org/abs/2003.08505)",
        place=(2, "9. Is it any good? Against rivals that need no network"),
    ),
]
