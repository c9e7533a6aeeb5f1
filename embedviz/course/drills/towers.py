"""Cards: two towers, their negatives, and users and items that are new."""

from embedviz.course.drills.card import Card, FollowUp

CARDS: list[Card] = [
    Card(
        name="why two towers",
        topic="two-tower and cross-encoder",
        kind="compare",
        question="A network that sees user and item together is more accurate than two towers. The catalog has 10 "
        "million items, a request may take 100 ms, and the joint network needs 0.1 ms for each pair. Where does each "
        "belong?",
        answer="Two towers find a few hundred candidates, the joint network orders them. Over the whole catalog it "
        "would need {{ 10e6 * 0.1e-3 | 1,000 }} seconds for one request, so it is out as a retriever. Two towers "
        "meet only at the end, in a dot product. So the item half is computed beforehand, once for all users, the "
        "vectors lie in an index, and a request costs one run of the user tower and a search of a millisecond or so. "
        "The joint network may then look at five hundred candidates in {{ 500 * 0.1 | 50 ms }}. The price of meeting "
        "so late: no feature of the user can act on a feature of the item except through the two vectors, so no "
        "attention between a query's words and a document's, and no crossed features such as *has this user bought "
        "from this seller before*. The ranker has these. The second loss is less visible: what retrieval misses, no "
        "ranker can bring back, so retrieval is judged by recall at several hundred, and not by its first ten. The "
        "same pair appears in text search as bi-encoder and cross-encoder: to find the most similar pair of ten "
        "thousand sentences, a cross-encoder needs {{ 10_000 * 9_999 / 2 | 49,995,000 }} runs, a bi-encoder ten "
        "thousand and a matrix product. If the catalog has five hundred items, skip the towers and rank them all.",
        points=(
            "late interaction lets items be computed beforehand and indexed",
            "the sum: 1,000 seconds against 50 ms for 500 candidates",
            "what is lost: crossed features, attention between the sides",
            "retrieval is judged by recall at the number handed on",
        ),
        weak="Says that two towers are faster, with no count, and not why: that the item half does not depend on the "
        "user.",
        follow_ups=(
            FollowUp(
                "Is there something between the two?",
                "Late interaction: keep a vector for each word of a document and sum the best matches, as ColBERT "
                "does; it costs much more memory. Or distill the cross-encoder's scores into the towers.",
            ),
            FollowUp(
                "May the user tower use what the user did a second ago?",
                "Yes, it runs at request time; only the item tower is computed beforehand. What cannot go into the "
                "item tower is anything that depends on the user.",
            ),
        ),
        source="[Reimers & Gurevych 2019, *Sentence-BERT*](https://arxiv.org/abs/1908.10084), section 1",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="bought here before",
        topic="two-tower and cross-encoder",
        kind="derive",
        question="The best feature of our ranker says whether the user has bought from this seller before. There are "
        "100,000 sellers, a user has bought from 10. Can two towers with 64 dimensions learn it? Derive how many "
        "dimensions it takes.",
        answer="Exactly it takes as many dimensions as there are sellers; approximately some hundreds; 64 are too "
        "few. The feature is a match of two ids. As a table, seller by seller, it is the identity, and a dot product "
        "of $d$ numbers gives a table of rank at most $d$, however deep the towers are: depth decides which vectors "
        r"come out, not how they are compared. Now approximately. Give each seller a random unit vector $\mathbf e$, "
        "the user the sum over the sellers in their history, the item its seller's vector. A seller in the history "
        "scores $1$ plus the noise of the nine others, a stranger the noise of ten. Random unit vectors have cosines "
        "of variance $1/d$, so the difference has mean 1 and variance $19/d$. With $d = 64$ its deviation is {{ "
        "sqrt(19 / 64) | .54 }}, and of the 100,000 strangers about {{ 100_000 * erfc(sqrt(64 / 38)) / 2 | 3,323 }} "
        "score higher than one's own seller. With $d = 512$ the expected number is {{ 100_000 * erfc(sqrt(512 / 38)) "
        "/ 2 | 0.01 }}. In general $d$ must be some multiple of the history's length times the logarithm of the "
        "number of sellers. Training does better than random for frequent sellers and those with structure, and "
        "leaves less for the others. And these dimensions are wanted for taste, too. So leave exact matches to where "
        "they are cheap: a second source of candidates, the items of known sellers, and the crossed feature in the "
        "ranker, where both sides meet before the score.",
        points=(
            "identity matrix: rank N; a dot product has rank d at most",
            "depth of the towers does not help",
            "random vectors: noise of variance n/d, so d grows with n log N",
            "a second source of candidates, or the ranker",
        ),
        weak="Says deep towers approximate any function of user and item. With a dot product of fixed $d$ they do not.",
        follow_ups=(
            FollowUp(
                "Would a small network on top of the two vectors help?",
                "It removes the bound on rank, but search by inner product no longer works, so each candidate must "
                "be scored. And Rendle and others found that such a network hardly beats a well tuned dot product.",
            ),
            FollowUp(
                "Does ranking need less than the exact table?",
                "Yes. Points on a circle are each their own best match in two dimensions, though the identity has "
                "full rank. But arbitrary *sets* of ten sellers on top are another matter, and need $d$ to grow.",
            ),
        ),
        source="[Weller, Boratko, Naim & Lee 2025, *On the Theoretical Limitations of Embedding-Based "
        "Retrieval*](https://arxiv.org/abs/2508.21038); [Rendle, Krichene, Zhang & Anderson 2020, *Neural "
        "Collaborative Filtering vs. Matrix Factorization Revisited*](https://arxiv.org/abs/2005.09683)",
        place=(4, "2. The towers"),
    ),
    Card(
        name="neighbors in review",
        topic="two-tower and cross-encoder",
        kind="debug",
        question="Code review: a function returns the k items nearest to a given one by cosine, from the table of "
        "item vectors. Write it in three lines, and name the mistakes that you look for.",
        answer=r"Scale each row to length 1, multiply by the row that is asked for, set its own score to $-\infty$, "
        "and take the $k$ largest, best first. In code: `rows = u / norm(u, axis=1, keepdims=True)`, `s = rows @ "
        "rows[i]`, `s[i] = -inf`, then `argsort(-s)[:k]`. The mistakes. *Itself*: an item is its own nearest "
        "neighbor, with cosine 1; left in, it takes a place, and precision looks better than it is. *Dropping the "
        "first* of the sorted list is not the same: with a duplicate, or if it was already masked, a true neighbor "
        "goes; and asking for $k - 1$ after masking returns one too few. *No scaling*: then it is the dot product, "
        "where long vectors win, with popular items everywhere; the Euclidean distance of unscaled vectors is a "
        "third measure again. On unit rows all three agree. *The wrong axis*: `axis=0` scales the columns, the shape "
        "still fits and nothing fails. *The wrong direction*: `argsort` goes upwards, so `[:k]` of the scores gives "
        "the farthest. *No order*: `argpartition` finds the $k$ largest, but unordered; sort them afterwards. For "
        "retrieval the same list holds, with *seen items* in place of the item itself: mask before taking the top, "
        "since filtering afterwards leaves fewer than $k$. One test catches nearly all: random rows of very "
        "different lengths, compared with a plain loop. For our {{ len(books.books) | 2,193 }} books a query is {{ "
        "len(books.books) * 50 / 1e6 | 0.1 }} million multiplications, so there is no need for an index.",
        points=(
            "scale rows, product, mask itself, sort downwards",
            "itself among its neighbors; dropping the first is no cure",
            "dot product and distance of unscaled rows rank differently",
            "axis, direction, unordered top k",
            "test on rows of different lengths against a loop",
        ),
        weak="Trusts a list that looks plausible: a wrong axis or measure gives plausible neighbors as well.",
        follow_ups=(
            FollowUp(
                "What do you do with a vector of zeros?",
                "Its cosine is not defined: dividing gives NaN, and NaN sorts anywhere. Add a small number to the "
                "norm, so that it scores 0 with all, or raise an error.",
            ),
            FollowUp(
                "How do equal scores come out?",
                "In the order of the sort: a stable sort keeps that of the file, others may change between runs. "
                "Where it matters, break ties by something meaningful, popularity for instance.",
            ),
        ),
        source="[NumPy, `argpartition`](https://numpy.org/doc/stable/reference/generated/numpy.argpartition.html)",
        place=(2, "7. First use: nearest neighbors, and the map"),
    ),
    Card(
        name="search in five million texts",
        topic="two-tower and cross-encoder",
        kind="design",
        question="Design a search over 5 million support articles, 100 ms for an answer, one GPU for serving. You "
        "have a cross-encoder that judges a pair well, and click logs.",
        answer="Retrieve with a bi-encoder beside keyword search, rank the best hundred with the cross-encoder. "
        "Offline, the document tower encodes all articles. At $d = 384$ in float32 they take {{ 5e6 * 384 * 4 / 1e9 "
        "| 7.7 GB }}; in half precision {{ 5e6 * 384 * 2 / 1e9 | 3.8 GB }}, which fits beside the models. Even an "
        "exact search may do: {{ 5e6 * 384 * 2 / 1e9 | 3.8 }} billion operations for a query, a few milliseconds on "
        "a GPU, limited by reading the table; so I would start exact and add an index when traffic asks for it. BM25 "
        "runs in parallel, since error codes and product names are where dense vectors are weak, and the two lists "
        "are merged by reciprocal ranks. Training: positives are clicks with a long stay; negatives come from the "
        "batch, plus a few hard ones from BM25. Those that the cross-encoder scores high are thrown out as false "
        "negatives. Then distill: let the bi-encoder match the cross-encoder's *differences* between a positive and "
        "a negative. Budget: 10 ms for the query's encoding, 10 for search, 60 for a hundred pairs in one batch, the "
        "rest for the network. Judge retrieval by recall at 100 on questions with judged answers, the whole by "
        "NDCG@10, both against BM25 alone. Plan from the start that document vectors and query tower carry one "
        "version, and encode all articles anew when it changes.",
        points=(
            "bi-encoder and keywords retrieve, cross-encoder ranks",
            "memory and time of exact search computed first",
            "negatives filtered by the cross-encoder, distillation",
            "budget, metrics for each stage, BM25 as rival",
            "one version for both towers",
        ),
        weak="Names a vector database at once, with no size, no budget, no keyword search beside it.",
        follow_ups=(
            FollowUp(
                "Why distill differences and not scores?",
                "The cross-encoder's scores have a scale of their own, which a cosine cannot take. The order within "
                "a query, and by how much, is what the bi-encoder needs.",
            ),
            FollowUp(
                "The articles change daily. What do you recompute?",
                "Only new and changed ones, with the current document tower; add them to the index and mark old ones "
                "deleted. A new model means all of them, in a second index, then a switch.",
            ),
        ),
        source="[Qu et al. 2021, *RocketQA*](https://arxiv.org/abs/2010.08191) and [Karpukhin et al. 2020, *Dense "
        "Passage Retrieval*](https://arxiv.org/abs/2004.04906)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="negatives for free",
        topic="in-batch negatives",
        kind="explain",
        question="What are in-batch negatives, and what do they cost and save? Take a batch of 512 pairs.",
        answer="The other pairs' items serve as negatives: row $i$ of the batch must pick its own item among all "
        "items of the batch. The two towers run once for each side, which gives $U$ and $V$ with $B$ rows each; one "
        r"product $U V^\top$ gives all scores, rows for users and columns for items, and the loss is the "
        "cross-entropy of each row with the diagonal as its target. From {{ 2 * 512 | 1,024 }} vectors come {{ 512 * "
        "511 | 261,632 }} comparisons with a negative. If each pair drew as many negatives of its own, the item "
        "tower would have to run {{ 512 * 512 | 262,144 }} times: in a deep tower the encoding is the cost, and the "
        "product is nearly nothing. That is the saving. It costs three things. First, the negatives are not uniform: "
        "an item is in the batch as often as it is popular, so popular items are pushed down by everybody, unless "
        "log q is subtracted from the scores. Second, other rows' items may be right for this user as well; mask the "
        "pairs that you know, and at least the copies of the row's own item. Third, only items with training pairs "
        "ever come up; one that has none is never a negative: its vector is not pushed from anywhere, and may come "
        "up in lists. Some uniform negatives beside the batch help against that. And the number of negatives is tied "
        "to the batch size.",
        points=(
            "B × B scores from 2 B vectors, the diagonal is right",
            "saves runs of the item tower",
            "negatives come by popularity: log q",
            "false negatives: copies and known pairs are masked",
            "items outside the training pairs are never negatives",
        ),
        weak="Knows the trick, but not whom it draws: believes in-batch negatives are random items of the catalog.",
        follow_ups=(
            FollowUp(
                "Is the loss symmetric?",
                "The rows ask which item is this user's; the columns, which user is this item's. CLIP takes the mean "
                "of both. For recommendation the rows are the question that is served.",
            ),
            FollowUp(
                "How many of the catalog's items are in a batch of 512?",
                "Of our {{ len(films.films) | 1,682 }} films about {{ (1 - (1 - films.ratings.film.value_counts() / "
                "len(films.ratings)) ** 512).sum() | 359 }} different ones; of a catalog of millions a vanishing "
                "share.",
            ),
        ),
        source="[Yi et al. 2019, *Sampling-Bias-Corrected Neural Modeling for Large Corpus Item "
        "Recommendations*](https://doi.org/10.1145/3298689.3346996)",
        place=(4, "The in-batch softmax, a line at a time"),
    ),
    Card(
        name="how often is an item the negative",
        topic="in-batch negatives",
        kind="compute",
        question="Pairs are drawn at random into batches of 512. Item A has 1 % of all pairs, item B one in a "
        "million. How likely is each in a batch, and how often is it a negative for each time it is a positive?",
        answer="A is in {{ 100 * (1 - 0.99**512) | 99.4 % }} of the batches, B in {{ 100 * (1 - (1 - 1e-6) ** 512) | "
        "0.05 % }}; but for each time it is a positive, each is a negative $B - 1 = 511$ times. The chance of being "
        "there at all is $1 - (1-q)^B$. The expected number of copies is $Bq$: {{ 512 * 0.01 | 5.12 }} for A, {{ 512 "
        "* 1e-6 | 0.0005 }} for B. Every copy is the positive of one row and a negative of the $B - 1$ others. So "
        "the ratio is the same for all items, $B - 1$, and that is the trouble: among *uniform* negatives a popular "
        "item is a negative no more often than a rare one, while it has far more positives to lift it. There its "
        "score ends up higher, as it should for predicting clicks. In the batch, push and pull grow in the same "
        "proportion with popularity, so popularity cancels and the score tends to the pointwise mutual information: "
        "what this user wants more than others do. Subtracting log q puts it back. In our films the most rated one "
        "has {{ films.ratings.film.value_counts().max() | 583 }} of {{ len(films.ratings) | 100,000 }} ratings, so "
        "beside a row that has it, {{ 511 * films.ratings.film.value_counts().max() / len(films.ratings) | 3.0 }} "
        "more copies are expected in the batch, all of them false negatives, which is why copies of a row's own item "
        "must be masked.",
        points=(
            "1 − (1 − q)^B and B q",
            "B − 1 negatives for each positive, for every item",
            "so popularity cancels: PMI instead of log p",
            "copies of the own item are to be masked",
        ),
        weak="Says that popular items are negatives more often, and stops there. They are positives more often in "
        "the same ratio.",
        follow_ups=(
            FollowUp(
                "What does a longer epoch change for item B?",
                "Nothing in the ratio. It is met about once in two thousand batches, so its vector gets few updates; "
                "features shared with other items help it more than epochs.",
            ),
            FollowUp(
                "And if 511 negatives for each pair were drawn uniformly from ten million items?",
                "Then A is a negative in {{ 100 * 511 / 1e7 | 0.005 % }} of the rows and a positive in 1 %: its "
                "score ends up high for everybody, as its share of pairs demands.",
            ),
        ),
        source="[Yi et al. 2019, *Sampling-Bias-Corrected Neural Modeling for Large Corpus Item "
        "Recommendations*](https://doi.org/10.1145/3298689.3346996), section 3",
        place=(2, "6. Second loss: choose the right one among many"),
    ),
    Card(
        name="a log in its own order",
        topic="in-batch negatives",
        kind="debug",
        question="To save a shuffle, we now read training pairs in the order of the log, which is sorted by user and "
        "time. The training loss looks normal, recall on the test set has collapsed. Why?",
        answer="The negatives of a batch are no longer strangers; they are the same user's other items. Sorted by "
        "user, a batch of $B = 512$ holds a handful of users: of our films the median user has {{ "
        "films.ratings.user.value_counts().median() | 65 }} ratings, so a batch is about {{ 512 / "
        "films.ratings.user.value_counts().median() | 8 }} users. For each row some sixty of its negatives are items "
        "that the same user has taken: false negatives by construction. The loss asks the user vector to prefer each "
        "of its own items to all the others, which is impossible, and the gradients of the rows largely cancel. What "
        "can be learned is to tell the few users of this batch apart. If it does only that, the loss is "
        r"$\log(512/8)$, {{ log(512 / 8) | 4.2 }}, not $\log 512$, {{ log(512) | 6.2 }}: it looks healthy and is "
        "worth little. Sorted by time, there is a milder form: all negatives are of the same hour, so the model "
        "never learns that an item of last year is out of place, and log q counted over all days is wrong for the "
        "batch. I would check it by counting: different users per batch, and the share of negatives that are in the "
        "row's own history. Shuffle the pairs across the whole data set; if they do not fit in memory, shuffle "
        "shards and keep a large shuffle buffer that spans many of them. Masking known positives repairs most of the "
        "first harm, but then hardly any negatives are left. Batch statistics and the sequence of updates suffer "
        "too, so shuffle in any case.",
        points=(
            "a batch's negatives come from the same users: false",
            "contradictory gradients; only users of the batch are told apart",
            "by time: same-hour negatives, wrong log q",
            "count users per batch; shuffle, or a buffer over many shards",
        ),
        weak="Says that shuffling matters for SGD in general. True, but here the order changes the loss function "
        "itself.",
        follow_ups=(
            FollowUp(
                "When are batches of related items wanted?",
                "For harder negatives: items of one category, or of one country. Done on purpose, with known "
                "positives masked, and mixed with random batches.",
            ),
            FollowUp(
                "The shuffle buffer holds 10,000 pairs, sorted by user. Enough?",
                "It spans some {{ round(10_000 / films.ratings.user.value_counts().median(), -1) | 150 }} users of "
                "our median, so a batch of $B = 512$ still has about three pairs of each. Better a buffer of "
                "millions, or a shuffle on disk before training.",
            ),
        ),
        source="[Yi et al. 2019, *Sampling-Bias-Corrected Neural "
        "Modeling*](https://doi.org/10.1145/3298689.3346996), section 3; [TensorFlow, "
        "`tf.data.Dataset.shuffle`](https://www.tensorflow.org/api_docs/python/tf/data/Dataset#shuffle)",
        place=(4, "The in-batch softmax, a line at a time"),
    ),
    Card(
        name="logQ correction",
        topic="logQ correction",
        kind="derive",
        question="Derive the logQ correction of the in-batch softmax. What does the loss learn without it?",
        answer=r"Subtract $\log q_j$ from the score of candidate $j$, because a candidate that is drawn with "
        r"probability $q_j$ must count $1/q_j$. We want $p_i = e^{s_i}/Z$ with $Z = \sum_{j=1}^N e^{s_j}$ over the "
        r"whole catalog. Draw $B$ candidates with probability $q$. Then $\mathbb E\sum_{j\in\text{batch}} e^{s_j}/q_j "
        r"= B\sum_j q_j\, e^{s_j}/q_j = B Z$. So the batch's sum, each term divided by $q_j$, estimates $Z$ up to a "
        r"constant, and dividing by $q_j$ is subtracting $\log q_j$ from the logit. The constant $B$ shifts all "
        r"logits alike and drops out. Without it the batch estimates $\sum_j q_j e^{s_j}$: the softmax is taken with "
        r"$q_j e^{s_j}$, so at the optimum $q_j e^{s_j} \propto p(j\mid u)$, that is $s_j = \log p(j\mid u) - \log "
        "q_j$ plus a constant of the user. With $q$ the popularity, that is the pointwise mutual information: "
        "popularity is taken off every score, and lists become obscure. Two details of code. With a temperature it "
        r"is $s/\tau - \log q$, the correction is not divided by $\tau$. And it belongs to the *columns*, the "
        "candidates: subtracted from rows it cancels in the softmax and changes nothing. When serving, do not "
        "subtract it. And it is not exactly unbiased: the logarithm of an unbiased estimate is not unbiased, and the "
        "row's own item is in its sum for certain, not by chance.",
        points=(
            "importance sampling of the partition sum",
            "1/q becomes − log q in the logit; constants drop out",
            "without: log p − log q, the PMI",
            "columns, not rows; not divided by τ; not at serving",
            "still biased: logarithm, own item always there",
        ),
        weak="Knows that popular items are corrected, but adds log q, or subtracts it at serving time as well.",
        follow_ups=(
            FollowUp(
                "Is it always wrong to leave it out?",
                "No. PMI is what this user wants more than others do, good for *more like this* and discovery. To "
                "predict what will be clicked, it is wrong.",
            ),
            FollowUp(
                "What is $q$ if half of the candidates are uniform?",
                "The chance to be in the candidate set counts both ways: expected copies from the batch plus "
                "expected copies from the uniform draw, and the logarithm of that sum.",
            ),
        ),
        source="[Bengio & Senécal 2003, *Quick Training of Probabilistic Neural Nets by Importance "
        "Sampling*](https://proceedings.mlr.press/r4/bengio03a.html) and [Yi et al. "
        "2019](https://doi.org/10.1145/3298689.3346996)",
        place=(4, "The in-batch softmax, a line at a time"),
    ),
    Card(
        name="obscure lists",
        topic="logQ correction",
        kind="debug",
        question="We moved from uniform negatives to in-batch negatives to save time. Training loss is fine. Recall "
        "fell by more than half, and product managers say the recommendations are weird, things nobody has heard of. "
        "What is it?",
        answer="The log q correction is missing, or is wrong. In-batch negatives come by popularity, so the softmax "
        r"learns $\log p(v \mid u) - \log q(v)$ in place of $\log p(v\mid u)$: every score lacks the logarithm of the "
        "item's popularity, and rare items with a chance affinity come first. The symptom is characteristic: recall "
        "falls, coverage rises, and the mean popularity of what is recommended drops far below that of what people "
        "take. In our chapter, without the correction the recommended films have about {{ round(printed(4, r'have "
        r"(\d+) viewers on average, with it'), -1) | 50 }} viewers, with it about {{ round(printed(4, r'with it (\d+) "
        r"\(a test film'), -2) | 200 }}, while a test film has {{ printed(4, r'a test film has (\d+)\)') | 106 }}; "
        r"NDCG@20 is {{ printed(4, r'in batch, no logQ +([\d.]+)') | .1 }} against {{ printed(4, r'\+ logQ "
        r"+([\d.]+)') | .2 }}. To make sure, add $\log q$ to the scores of the trained model, one more coordinate in "
        "each vector, and measure again. If recall comes back, that was it. If the correction is in the code, look "
        "where: subtracted from rows, it cancels; divided by the temperature along with the score, it is too large; "
        "computed from an old day, or as counts of a hashed bucket, it is off; items missing from the table get a "
        "$q$ of zero and an infinite logit. Also check that it is not subtracted at serving time.",
        points=(
            "missing log q: scores are PMI",
            "signature: recall down, coverage up, popularity of lists down",
            "test: add log q back at serving",
            "usual errors: rows, τ, stale or zero q, serving",
        ),
        weak="Adds a popularity boost by hand and tunes it, without seeing that the loss has taken popularity away.",
        follow_ups=(
            FollowUp(
                "The test films have fewer viewers than the recommended ones with logQ. Is that wrong?",
                "No. A list holds the likeliest films, and popular ones are likely for many people, so lists are "
                "more popular than what is finally taken.",
            ),
            FollowUp(
                "Would the neighbors of an item be harmed too?",
                "Much less. The bias is a term of the item alone, and the cosine of two items hardly feels it: on "
                "our books, neighbors by author or genre were level with and without.",
            ),
        ),
        source="[Yi et al. 2019, *Sampling-Bias-Corrected Neural Modeling for Large Corpus Item "
        "Recommendations*](https://doi.org/10.1145/3298689.3346996)",
        place=(4, "The in-batch softmax, a line at a time"),
    ),
    Card(
        name="log q added back",
        topic="logQ correction",
        kind="compare",
        question="Two models: one trained with the log q correction, one without. What does each score mean, and can "
        "you turn one into the other after training?",
        answer=r"With the correction a score is, up to a constant of the user, $\log p(v\mid u)$; without it, $\log "
        r"p(v\mid u) - \log q(v)$. They differ by a number for each item, so in principle you can train without and "
        r"add $\log q$ when ranking, or train with and take it off. It is one more coordinate: 1 in the user's "
        r"vector, $\log q$ in the item's, so retrieval stays a dot product, and the weight of popularity becomes a "
        "dial that you turn without training. In our chapter on books that works: without the correction hits@10 on "
        r"held-out links is {{ printed(2, r'^no log q +([\d.]+) +– +–') | .2 }}, with log q added back {{ printed(2, "
        r"r'^no log q, added back +([\d.]+)') | .3 }}, as trained with it {{ printed(2, r'^sampled softmax +([\d.]+) "
        r"+\+[\d.]+ \(') | .3 }}. Not exactly the same, for two reasons. A cosine over a fixed temperature cannot "
        "express every popularity: with the correction the model must bend its vectors to carry it, without it the "
        "vectors are free for affinity. And each run spends its 50 numbers on another target. When do I choose "
        "which? If vectors are for *neighbors*, without is fine. If popularity changes from day to day, train "
        "without and add the logarithm of the current share: yesterday's vectors, today's popularity. If the vectors "
        "go into an index that takes no extra coordinate, train with it. Mind the temperature: the coordinate must "
        r"be $\tau\log q$ if scores are served as plain cosines.",
        points=(
            "log p against PMI, differ by a number per item",
            "an extra coordinate makes popularity a dial",
            "equal in theory, nearly so in practice",
            "fresh popularity can be added at serving",
        ),
        weak="Thinks that the uncorrected model is broken for good, and trains again.",
        follow_ups=(
            FollowUp(
                "Does the extra coordinate spoil an ANN index?",
                "Vectors no longer have length 1, so it must be an index for inner products. A few very popular "
                "items can then be near every query, so measure the index's recall anew.",
            ),
            FollowUp(
                "Which $q$ do you add back: that of training, or today's?",
                "If the aim is to predict clicks now, today's share: the vectors hold affinity, $q$ the popularity. "
                "To reproduce the training distribution, that of training.",
            ),
        ),
        source="[Yi et al. 2019](https://doi.org/10.1145/3298689.3346996); for the PMI, [Levy & Goldberg "
        "2014](https://papers.nips.cc/paper/5477-neural-word-embedding-as-implicit-matrix-factorization)",
        place=(2, "10. What goes wrong"),
    ),
    Card(
        name="q from a stream",
        topic="logQ correction",
        kind="design",
        question="Training data stream in without end, items come and go, there is no table of counts. How do you "
        "get $q$ for the logQ correction? An item last seen at step 300, mean gap 200, turns up at step 420; the "
        "rate is 0.1.",
        answer="Estimate how many steps lie between two appearances of an item, and take the inverse: an item that "
        "turns up every two hundred batches is in a batch with probability $1/200$. Keep two arrays, indexed by a "
        "hash of the item: $A$, the step at which it was last seen, and $D$, the mean gap. When it appears at step "
        r"$t$, set $D \leftarrow (1-\alpha) D + \alpha\,(t - A)$ and $A \leftarrow t$. Here the gap is $420 - 300 = "
        r"120$, so $D = 0.9 \cdot 200 + 0.1 \cdot 120$, that is {{ 0.9 * 200 + 0.1 * (420 - 300) | 192 }}, and $q$ is "
        "{{ 1 / (0.9 * 200 + 0.1 * (420 - 300)) | 0.0052 }}. That is the method of Yi and others at YouTube. It "
        r"needs no window and no pass over the data, it follows trends, and with $\alpha$ you choose how quickly: "
        "small is smooth and slow. Hash collisions make the estimate too high, since two items share a gap; use "
        "several hash functions and take the largest $D$, like a count-min sketch. Start with a large gap, so that a "
        "new item counts as rare. Two traps. In distributed training the step must be global, or every worker has "
        "its own rate. And $q$ here is the chance to be in a *batch*, which for frequent items is less than $B$ "
        "times the share of pairs; be consistent, and mask copies. With a nightly job and a stable catalog I would "
        "simply count the last days and smooth.",
        points=(
            "q as the inverse of the mean gap",
            "exponential moving average of the gap: 192",
            "hashing, collisions, several hashes with the maximum",
            "global step, start value, new items",
        ),
        weak="Counts since the beginning of time: popular items of last year keep a large $q$, new ones get almost "
        "none.",
        follow_ups=(
            FollowUp(
                "What harm does a $q$ that is too small for a new hit do?",
                "Its logit is raised too far as a negative, so for a while it is pushed down by every row: the model "
                "underrates exactly what is rising.",
            ),
            FollowUp(
                "How would you test the estimator?",
                "On a made-up stream with known shares, one of which jumps: the estimate must settle near the truth, "
                "and follow the jump within about one over the rate appearances of that item.",
            ),
        ),
        source="[Yi et al. 2019, *Sampling-Bias-Corrected Neural Modeling for Large Corpus Item "
        "Recommendations*](https://doi.org/10.1145/3298689.3346996), section 4",
        place=(4, "The in-batch softmax, a line at a time"),
    ),
    Card(
        name="a rare item in its own sum",
        topic="logQ correction",
        kind="compute",
        question="A catalog of a million items, all scores equal, a batch of 512 pairs, logQ correction on. A pair's "
        "own item has a share of $10^{-8}$ of all pairs. What probability does the batch softmax give it, what would "
        "the full softmax say, and what follows?",
        answer="The full softmax says one in a million; the batch says {{ 1e8 / (1e8 + 511 * 1e6) | .16 }}. After "
        "the correction a candidate weighs $1/q$. The own item weighs $10^8$. A negative is drawn with probability "
        r"$q_j$, so its weight is $\sum_j q_j / q_j = N$ on average, a million; $B - 1 = 511$ of them make {{ 511 * "
        "1e6 / 1e8 | 5.11 }} times $10^8$. So $p = 1/(1 + 5.11)$. The derivation assumed that all candidates are "
        "drawn by $q$. The negatives are; the row's own item is there for certain, and still gets weight $1/q$, as "
        "if it had been met by that rare chance. What follows: $1 - p$, by which the pair's gradient is scaled, is "
        "{{ 1 - 1e8 / (1e8 + 511 * 1e6) | .84 }} here in place of 1, and for a share of $10^{-9}$ only {{ 1 - 1e9 / "
        "(1e9 + 511 * 1e6) | .34 }}: the rarer the item, the less it learns from its few pairs. For a popular item "
        "it hardly makes a difference. Khrylchenko and others keep the own item out of the sum: the sampled "
        "expectation is taken over the negatives alone, corrected by log q, and the pair is weighted by an estimate "
        "of $1 - p$ that is not differentiated. In our chapter that changes nothing; a likely reason is that a batch "
        "holds a fifth of the catalog. With millions of items and a long tail, it may.",
        points=(
            "own weight 1/q, negatives N on average",
            "0.16 against one in a million",
            "the own item is not sampled",
            "rare items learn too little; refined correction",
        ),
        weak="Trusts that logQ makes the loss unbiased, and cannot say what happens to the positive.",
        follow_ups=(
            FollowUp(
                "Does leaving log q off for the positive alone mend it?",
                "Partly. Then the own term is $e^s$ while the negatives' sum estimates $(B-1)Z$ and not $Z$: the "
                "constant no longer cancels, so the sum has to be divided by $B - 1$.",
            ),
            FollowUp(
                "How would you see this in a trained model?",
                "Plot recall, and the mean $1 - p$ in training, by the popularity of the positive. If $1 - p$ is "
                "well below 1 for rare items from the first steps on, that is it.",
            ),
        ),
        source="[Khrylchenko et al. 2025, *Correcting the LogQ Correction*](https://arxiv.org/abs/2507.09331)",
        place=(4, "The in-batch softmax, a line at a time"),
    ),
    Card(
        name="accidental negatives",
        topic="hard and false negatives",
        kind="compute",
        question="Negatives are random pairs of a user and a film, one for each true pair. How many of them are true "
        "by accident in an epoch on MovieLens (943 users, 1,682 films, 100,000 ratings)? And if the film is another "
        "row's film of the batch?",
        answer="About {{ 100_000 * 100_000 / (943 * 1682) | 6,305 }} with uniform pairs, and about {{ (lambda n: "
        "n.size() @ n.sum() / len(films.ratings) ** "
        "1)(films.ratings.film.map(films.ratings.film.value_counts()).groupby(films.ratings.user)) | 30,294 }} with "
        "films of the batch. Uniform: a random pair is a true one with probability density, true pairs by possible "
        "pairs, {{ 100 * 100_000 / (943 * 1682) | 6.3 % }} here. The possible pairs are users *times* films, not "
        "their sum. Multiply by the negatives of the whole epoch: pairs times $k$, not $k$ alone. In the batch it is "
        "much worse, {{ (lambda n: 100 * n.size() @ n.sum() / len(films.ratings) ** "
        "2)(films.ratings.film.map(films.ratings.film.value_counts()).groupby(films.ratings.user)) | 30 % }}, since "
        "both sides come by frequency: active users meet popular films, and those are the pairs that exist. That is "
        "why masking known positives is worth so much there. Does it matter? A false negative pushes a true pair "
        "down with the weight of one negative. At a density of half a percent, as with the books, it is noise. At "
        "thirty percent it works against the very pairs we want. The harder the negatives, the larger the share of "
        "false ones among them. Remedies: look the pair up, one binary search in sorted keys for a whole batch, and "
        "draw again or mask it. In the batch the mask is a table: for each row, all columns whose film the row's "
        "user has, except the row's own, the diagonal; to mask copies of the own film only is not enough. What "
        "cannot be mended so: pairs that are true but not in the data, the ones we want to recommend. With sparse "
        "data their share is small too, and unknown.",
        points=(
            "density × number of negatives",
            "possible pairs are a product; an epoch has pairs × k negatives",
            "in-batch: popular films and active users, five times as many",
            "look up and mask or draw again; unseen positives remain",
        ),
        weak="Gives the density, but not the number in an epoch, or takes the batch's films for uniform ones.",
        follow_ups=(
            FollowUp(
                "Does rejecting them bias the sampler?",
                "It does what the objective means: negatives are drawn from the pairs that are not known. For log q "
                "one should use the distribution after rejection; for sparse data the difference is tiny.",
            ),
            FollowUp(
                "May you mask test pairs, too?",
                "No. That tells the model which unseen pairs are true: a leak. Mask with training pairs only.",
            ),
        ),
        source="[Robinson, Chuang, Sra & Jegelka 2021, *Contrastive Learning with Hard Negative "
        "Samples*](https://arxiv.org/abs/2010.04592) and [Chuang et al. 2020, *Debiased Contrastive "
        "Learning*](https://arxiv.org/abs/2007.00224)",
        place=(2, "3. A task whose answers nobody needs"),
    ),
    Card(
        name="hard negatives that hurt",
        topic="hard and false negatives",
        kind="debug",
        question="To sharpen the retriever we now train only against its own top-ranked wrong items. Training "
        "accuracy among these rises, recall@100 on the whole catalog falls. What went wrong, and what do you change?",
        answer="Two things at once: many of the hardest negatives are not negative, and easy ones are no longer "
        "taught. First, the item that the model ranks highest and that the user has not taken yet is the best guess "
        "of what they take next. Calling it wrong trains against the goal. In text retrieval the makers of RocketQA "
        "looked at top-ranked passages without a label and found most of them to be relevant. Second, a retriever "
        "must tell the right item from *millions*. With only near misses in training, it may give a high score to "
        "absurd items, as nobody told it otherwise: the training distribution is no longer the one that it is served "
        "on. Changes, in this order: bring back random or in-batch negatives as the bulk, with a few hard ones for "
        "each pair. Take the hard ones not from the very top, but from somewhat farther down, some hundred places, "
        "where false ones are fewer; Facebook's embedding-based search reports that this works better than the "
        "hardest. Throw out suspects with a cross-encoder or by the history of similar users. Refresh the mined list "
        "as the model changes, since old ones become easy. And keep log q honest: hard ones are not drawn by $q$. "
        "Judge with recall on the whole catalog, never by accuracy among the mined. In our chapter, four hard ones "
        "for each user gained nothing: probably a batch that holds a fifth of the catalog has hard ones enough.",
        points=(
            "top-ranked untaken items are often positives",
            "only hard ones: no longer learns to reject the rest",
            "mix, take from lower ranks, filter, refresh",
            "judge on the whole catalog",
        ),
        weak="Mines more and harder, or lowers the learning rate.",
        follow_ups=(
            FollowUp(
                "Where would hard negatives pay most?",
                "In a large catalog where the batch rarely holds a rival: near duplicates, one brand, one topic. "
                "There random negatives are told apart by the coarsest feature, and training stops early.",
            ),
            FollowUp(
                "How does temperature act on hard negatives?",
                r"Each negative pushes with its share $p_j$, and a small $\tau$ concentrates the shares on the "
                "hardest. So it is mining by another name, and hurts with false negatives in the same way.",
            ),
        ),
        source="[Qu et al. 2021, *RocketQA*](https://arxiv.org/abs/2010.08191) and [Huang et al. 2020, "
        "*Embedding-based Retrieval in Facebook Search*](https://arxiv.org/abs/2006.11632)",
        place=(4, "The in-batch softmax, a line at a time"),
    ),
    Card(
        name="kinds of negatives",
        topic="hard and false negatives",
        kind="compare",
        question="Uniform, in-batch, mixed, mined, shown but not clicked: compare these sources of negatives for a "
        "retriever over 20 million items.",
        answer="I would take the batch's plus some uniform ones, and add mined ones late and in small number. "
        "*Uniform* negatives cover the whole catalog, so even an item without any click learns to stay away; they "
        "are nearly always true negatives, but easy: with 20 million items a draw hardly ever is a rival. Each also "
        "costs a run of the item tower. *In-batch* ones cost nothing, come by popularity and so are harder; they "
        "need log q, contain false negatives, and never include items that have no pairs. That last gap shows in "
        "production: the long tail floats up, since nothing ever pushed it down. *Mixed*, as Yang and others did for "
        "an app store: some hundreds or thousands of uniform items shared by all rows of the batch, so the cost is "
        "that of one more batch, and the correction uses the combined probability. *Mined* ones, from the current "
        "model's top ranks, sharpen the border where the lists are decided, but hold many false ones and must be "
        "refreshed. *Shown but not clicked* is real evidence, but about position and mood, and only on what the old "
        "system liked; it belongs to the ranker, where the candidates look like that. So the rule: negatives in "
        "training should resemble what the stage must reject when serving. A retriever rejects the catalog, a ranker "
        "rejects good candidates. I would try them one at a time, by recall on the whole catalog, split by "
        "popularity of the item.",
        points=(
            "coverage, hardness, cost, share of false ones for each",
            "in-batch never shows items without pairs",
            "mixed with the combined log q",
            "negatives should resemble what the stage must reject",
        ),
        weak="Says harder is better, or trains the retriever on impressions only.",
        follow_ups=(
            FollowUp(
                "How many uniform ones?",
                "Try powers of two up to a few batches' worth. They are shared by all rows, so memory is the limit; "
                "watch recall of rare items, which should gain most.",
            ),
            FollowUp(
                "Why do models trained on impressions alone retrieve badly?",
                "They have never seen a random item, and search asks them about all of them. Their scores there are "
                "extrapolated, and among millions some extrapolate high.",
            ),
        ),
        source="[Yang et al. 2020, *Mixed Negative Sampling for Learning Two-tower Neural Networks in "
        "Recommendations*](https://doi.org/10.1145/3366424.3386195)",
        place=(4, "The in-batch softmax, a line at a time"),
    ),
    Card(
        name="gradient with a temperature",
        topic="temperature",
        kind="derive",
        question=r"$L = -\log\operatorname{softmax}(s/\tau)$ at the true item. Derive the gradient with respect to "
        r"the scores. Why does a small $\tau$ make near negatives count for more?",
        answer=r"It is $\partial L/\partial s_j = (p_j - y_j)/\tau$, with $p = \operatorname{softmax}(s/\tau)$ and "
        r"$y$ one-hot at the true item. With $z = s/\tau$ the loss is $\log\sum_j e^{z_j} - z_{\text{true}}$; its "
        "derivative with respect to $z_j$ is $p_j - y_j$, what the model says less what is true. The chain rule adds "
        r"$\partial z/\partial s = 1/\tau$. So $\tau$ comes twice: in the factor outside, and inside $p$. Forget the "
        "outer one and the direction is right, but the size is not; forget the inner one and the wrong negatives are "
        r"pushed. The true score is pushed up with $(1 - p)/\tau$, each negative down with $p_j/\tau$; together they "
        r"sum to zero. Now compare two negatives: the ratio of their pushes is $e^{(s_1 - s_2)/\tau}$. With cosines "
        r"of $0.5$ and $0.3$ that is {{ exp(0.2) | 1.2 }} at $\tau = 1$, {{ exp(0.2 / 0.2) | 2.7 }} at $\tau = 0.2$ "
        r"and {{ exp(0.2 / 0.05) | 55 }} at $\tau = 0.05$: a small temperature looks at the hardest negative only, a "
        "large one pushes all alike. That is why it acts like mining, and why false negatives hurt more when it is "
        r"small. The factor $1/\tau$ makes steps larger too; Adam divides by the gradient's size and removes most of "
        "that, plain SGD does not. Nothing is divided by the number of candidates: only the mean over rows of a "
        "batch is.",
        points=(
            "(p − one-hot)/τ",
            "τ inside the softmax and outside",
            "pushes sum to zero; ratio of two negatives e^{Δs/τ}",
            "small τ: the hardest negatives do all",
        ),
        weak="Gives $p - y$ and forgets the inner derivative, or says that temperature only rescales the loss.",
        follow_ups=(
            FollowUp(
                r"What becomes of it for $\tau \to 0$?",
                r"$\tau L$ tends to $\max_j s_j - s_{\text{true}}$: only the largest rival counts, a hinge without a "
                r"margin. For large $\tau$ all negatives are pushed alike.",
            ),
            FollowUp(
                "Could the temperature be learned?",
                r"Yes, as the logarithm of $1/\tau$, one parameter: CLIP does so, and clips it so that logits are "
                "never scaled by more than a hundred. On noisy pairs watch that it does not shrink to fit the noise.",
            ),
        ),
        source="[Wang & Liu 2021, *Understanding the Behaviour of Contrastive Loss*](https://arxiv.org/abs/2012.09740)",
        place=(2, "6. Second loss: choose the right one among many"),
    ),
    Card(
        name="cosines without a temperature",
        topic="temperature",
        kind="compute",
        question="In-batch softmax on cosines with 512 pairs and no temperature. The loss fell from 6.24 to 5.3 and "
        "will not go lower, with any network. Is there a floor?",
        answer="Yes: no network can get below {{ log(1 + 511 * exp(-512 / 511)) | 5.24 }}. Cosines are between −1 "
        "and 1, so logits differ by at most 2. A single row alone could have its own item at 1 and all others at −1: "
        "share $e/(e + 511/e)$, {{ 100 * e / (e + 511 / e) | 1.4 % }}, loss {{ log(1 + 511 * exp(-2)) | 4.25 }}. But "
        "all rows cannot do that at once: so many directions cannot all be opposite to each other. The mean cosine "
        "of the own pairs exceeds that of the strangers by at most $B/(B-1)$, reached by a regular simplex: own 1, "
        r"others $-1/(B-1)$, practically zero. Since the loss is convex in the scores, the floor is $\log\big(1 + "
        r"(B-1)\,e^{-B/(B-1)}\big)$, and a pair has a share of {{ 100 / (1 + 511 * exp(-512 / 511)) | 0.5 % }}. So "
        "5.3 is nearly perfect for that loss, and the gradient still pushes hard on everything, since $1 - p$ is "
        "nearly 1 for each pair: it goes on spreading vectors apart, and does not care about hard rivals. Divide the "
        r"cosines by a temperature, and the gap becomes $1/\tau$: at $\tau = 0.1$ the floor is {{ log(1 + 511 * "
        r"exp(-512 / 511 / 0.1)) | 0.02 }}, so the loss can tell good from perfect. That is why cosines need $\tau$ "
        "well below 1. Dot products do not: their lengths play its part, and training chooses them. In our chapter "
        r"$\tau = 1$ cost a third of the NDCG.",
        points=(
            "logits within ±1: a bounded share",
            "1.4 % for one row alone; all rows: simplex, 0.5 %",
            "floor log(1 + (B−1) e^{−B/((B−1)τ)})",
            "τ restores the range; dot products have length for it",
        ),
        weak="Thinks of underfitting, and enlarges the network.",
        follow_ups=(
            FollowUp(
                "The simplex needs 511 dimensions. We have 64. And now?",
                "Then the floor is a little higher, as cosines of strangers spread around zero with variance $1/64$: "
                "about {{ log(1 + 511 * exp(-1 + 1 / 128)) | 5.25 }}. The bound holds for any number of dimensions, "
                "and is reached only from $B - 1$ on.",
            ),
            FollowUp(
                "What temperature would you start with?",
                "A twentieth to a fifth for cosines, then chosen on validation data by ranking measures. The library "
                r"Sentence Transformers multiplies cosines by 20 unless told otherwise, that is $\tau = 1/20$.",
            ),
        ),
        source="[Wang & Isola 2020, *Understanding Contrastive Representation Learning through Alignment and "
        "Uniformity on the Hypersphere*](https://arxiv.org/abs/2005.10242)",
        place=(4, "The in-batch softmax, a line at a time"),
    ),
    Card(
        name="a temperature too small",
        topic="temperature",
        kind="debug",
        question=r"Somebody lowered $\tau$ from 0.2 to 0.05. Training loss is far lower than before, hits@10 on "
        r"held-out pairs is clearly worse. Explain, and say how to choose $\tau$.",
        answer="The losses are not comparable, and the model now fits the noise among the hardest rivals. Lower "
        r"first: dividing by a smaller $\tau$ stretches the logits, so the same vectors give more confident "
        r"probabilities, and a training loss that falls says nothing. Only a measure that does not depend on $\tau$ "
        "may compare, ranks on held-out pairs. Worse why: a negative pushes with its share $p_j$, and with a small "
        r"$\tau$ nearly all share goes to the closest rivals. In sparse data the closest rivals are often true pairs "
        "that were not observed. So the model spends itself on telling apart what belongs together, pulls each pair "
        "to its own corner, and loses the coarse structure that carries over to new pairs. On our books hits@10 is "
        r"{{ printed(2, r'^sampled softmax +([\d.]+) +– +–$') | .3 }} at $\tau = 0.2$, {{ printed(2, r'^temperature "
        r"0.05 +([\d.]+) +-[\d.]+ \(-[\d.]+ to -[\d.]+\) +behind') | .2 }} at $\tau = 0.05$ and {{ printed(2, "
        r"r'^temperature 1 +([\d.]+) +-[\d.]+ \(-[\d.]+ to -[\d.]+\) +behind') | .2 }} at $\tau = 1$: there is an "
        "optimum between, too strict on one side and unable to be sure on the other. Choose it on validation data on "
        r"a grid of factors of two, together with the learning rate, since the gradient has a factor $1/\tau$. The "
        "best one depends on the data: with clean labels a small one may be best, with noisy implicit feedback "
        r"usually a larger. With a learned $\tau$, watch it: it minimizes the training loss, not the held-out ranks, "
        "so put a lower bound on it.",
        points=(
            "losses at different τ cannot be compared",
            "push concentrated on the hardest, often false negatives",
            "an optimum between too strict and too flat",
            "validate by ranks, jointly with the learning rate",
        ),
        weak="Says overfitting, and adds dropout, with the temperature left where it is.",
        follow_ups=(
            FollowUp(
                r"Does $\tau$ have to be in the serving code?",
                "Not for ranking by similarity alone: dividing all scores by the same number changes no order. Yes, "
                "if something is added to the score, such as log popularity, or a threshold is used.",
            ),
            FollowUp(
                "Would fewer epochs have rescued the small one?",
                "In part: early on, a small temperature has not yet torn neighbors apart. Early stopping on held-out "
                "ranks is worth it in any case, but it treats the symptom.",
            ),
        ),
        source="[Wang & Liu 2021, *Understanding the Behaviour of Contrastive Loss*](https://arxiv.org/abs/2012.09740)",
        place=(2, "10. What goes wrong"),
    ),
    Card(
        name="what a larger batch buys",
        topic="batch size",
        kind="explain",
        question="Why does the batch size change *what* an in-batch softmax learns, while for a logistic loss with "
        "two drawn negatives it only changes how noisy the steps are?",
        answer="Because in the in-batch softmax the batch is the set of candidates: it stands for the catalog in the "
        "sum under the logarithm. The logistic loss is a mean over pairs, and each pair with its negatives is "
        "complete by itself; a larger batch averages more of them, with the same expectation. In the softmax the "
        "expectation itself depends on $B$. The batch estimates $Z$, the sum over the catalog; the estimate is "
        "unbiased with log q, but its logarithm is too small on average, by about half the relative variance, which "
        "falls like $1/B$. So with a small batch the model is content too early: it has met few rivals, and thinks "
        r"that it has beaten all. A second way to see it: who knows nothing has a loss of $\log B$, and the loss "
        r"cannot be negative, so no more than $\log B$ nats about the right item can be shown: {{ log(64) | 4.2 }} at "
        "$B = 64$, {{ log(512) | 6.2 }} at $B = 512$. Naming one of a million items takes {{ log(1e6) | 13.8 }}. "
        "That does not stop learning, as each step has other rivals, but it is why gains go on for a long time when "
        "the catalog is large. They flatten where the batch already holds the hard rivals: on our films a batch of "
        "that size holds {{ 100 * (1 - (1 - films.ratings.film.value_counts() / len(films.ratings)) ** 512).sum() / "
        "len(films.films) | 21 % }} of the catalog. Then more data, features or hard negatives help more. And "
        "compare losses only at the same $B$.",
        points=(
            "the batch is the candidate set; in the logistic loss it is not",
            "bias of the log of an estimate, about 1/B",
            "at most log B nats",
            "flattens when the batch holds the hard rivals",
        ),
        weak="Says that larger batches give better gradients, which is true of any loss.",
        follow_ups=(
            FollowUp(
                "Is there a loss of pairs that keeps many negatives but does not tie them together?",
                "A sigmoid loss over all pairs of the batch, as in SigLIP: each of the $B^2$ scores is judged alone, "
                "so the rows need no common sum. It works with smaller batches, and can be computed in blocks.",
            ),
            FollowUp(
                "You double the batch. What else do you change?",
                "The learning rate, usually upwards, and the number of epochs, since there are half as many steps. "
                "Tune both anew; otherwise you compare schedules and not batch sizes.",
            ),
        ),
        source="[van den Oord, Li & Vinyals 2018, *Representation Learning with Contrastive Predictive "
        "Coding*](https://arxiv.org/abs/1807.03748) and [Zhai et al. 2023, "
        "*SigLIP*](https://arxiv.org/abs/2303.15343)",
        place=(4, "The in-batch softmax, a line at a time"),
    ),
    Card(
        name="eight GPUs, worse recall",
        topic="batch size",
        kind="debug",
        question="We went from one GPU with batches of 512 to eight GPUs with 64 pairs each, same global batch, same "
        "learning rate. The loss is lower from the first step. Recall got worse. Why?",
        answer="Each GPU computes its softmax over its own 64 pairs, so a row now has 63 negatives and not $511$. "
        r"The easier question has a lower loss: who knows nothing gets $\log 64$, {{ log(64) | 4.16 }}, in place of "
        r"$\log 512$, {{ log(512) | 6.24 }}. So the drop at the first step is arithmetic, no progress, and losses at "
        "different numbers of candidates must not be compared. Recall is worse since fewer negatives mean fewer hard "
        "ones: the estimate of the sum over the catalog is noisier, and the bias from taking its logarithm is "
        "larger. Data parallelism averages gradients; that is exact for a loss that is a mean over independent rows, "
        "and the in-batch softmax is not, as the rows are each other's negatives. The remedy is to gather the item "
        "vectors of all GPUs before the softmax: each GPU scores its 64 users against all 512 items. The vectors are "
        "small, {{ 512 * 128 * 4 / 1e3 | 262 kB }} at $d = 128$ in float32, so communication is no obstacle. Two "
        "traps: the plain `all_gather` of PyTorch passes no gradient, so use one that does, or each item tower "
        "learns only from its own GPU's rows; and the targets must be shifted by the rank times 64. Gather the ids "
        "as well, for masking and log q. And test it: on the same 512 pairs, loss and gradients of eight GPUs must "
        "equal those of one, to rounding.",
        points=(
            "in-batch loss is not a mean over independent rows",
            "log 64 against log 512: losses are not comparable",
            "gather items with gradients; shift the targets",
            "test for equality with one GPU",
        ),
        weak="Blames the learning rate or batch normalization. The global batch is the same, but not the negatives.",
        follow_ups=(
            FollowUp(
                "Does gradient accumulation have the same problem?",
                "Yes: eight steps of 64 give 63 negatives each, whatever is accumulated. Gradient caching computes "
                "all vectors first, then the loss over all of them, then passes gradients back in parts.",
            ),
            FollowUp(
                "Which number would have shown it at once?",
                "Recall on a fixed candidate set, the whole catalog or the same thousand items. Or the loss divided "
                "by the logarithm of the number of candidates, as a rough guide.",
            ),
        ),
        source="[Gao, Zhang, Han & Callan 2021, *Scaling Deep Contrastive Learning Batch Size under Memory Limited "
        "Setup*](https://arxiv.org/abs/2101.06983)",
        place=(2, "6. Second loss: choose the right one among many"),
    ),
    Card(
        name="room for a large batch",
        topic="batch size",
        kind="compute",
        question="You want in-batch negatives with 65,536 pairs, vectors of 128 numbers, float32. What needs memory, "
        "what does a larger batch buy, and what do you do if it does not fit?",
        answer="The scores need most: {{ 65536**2 * 4 / 1e9 | 17 GB }} for $B^2$ numbers, about as much again for "
        "their gradient. The vectors are nothing, {{ 65536 * 128 * 4 / 1e6 | 34 MB }} for a side. In a deep tower "
        "the activations for $B$ inputs, kept for the backward pass, can be worse still. What it buys: more "
        "negatives for each pair, so a better estimate of the softmax over the catalog, and a better chance that a "
        r"real rival is among them. Returns diminish: in the sum the noise falls with $1/\sqrt B$, and the loss grows "
        r"only like $\log B$. The share of false negatives does not grow, but their number does. And there are fewer "
        "steps in an epoch, so the learning rate usually has to go up. If it does not fit: first, compute the scores "
        "in blocks of rows; the loss needs only each row's log-sum-exp, so the full matrix never has to exist. "
        "Second, for the activations, gradient caching: encode all without keeping a graph, take the gradient with "
        "respect to the vectors, then encode again in parts and pass it on. It is exact, and costs one more forward "
        "pass. Third, a queue of item vectors of earlier batches as additional negatives; these are a little stale "
        "and get no gradient. Fourth, half precision for the scores, with the sum in float32. Often cheapest: a "
        "batch of some thousands, with mixed uniform negatives and a few hard ones.",
        points=(
            "B² scores dominate: 17 GB; vectors 34 MB",
            "benefit diminishes; fewer, noisier steps per epoch change the schedule",
            "blocks of rows, gradient caching, a queue",
            "uniform and hard negatives as the cheaper way",
        ),
        weak="Accumulates gradients over small batches, which adds no negatives at all.",
        follow_ups=(
            FollowUp(
                "Why must the towers change slowly for a queue to work?",
                "Its vectors were made by older weights. If these move fast, old and new vectors do not lie in the "
                "same space, and the negatives are wrong. MoCo therefore encodes them with a slow moving average.",
            ),
            FollowUp(
                "How do you do log q with a queue?",
                "A candidate is there if it was in any of the batches kept, so its expected number of copies is that "
                "of one batch times their number. The constant cancels if all candidates come so.",
            ),
        ),
        source="[Gao, Zhang, Han & Callan 2021](https://arxiv.org/abs/2101.06983) and [Wang, Zhu & He 2021, "
        "*Cross-Batch Negative Sampling for Training Two-Tower Recommenders*](https://arxiv.org/abs/2110.15154)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="the target in the history",
        topic="user history",
        kind="debug",
        question="The user tower takes the mean of the items in the user's history. Training loss drops to almost "
        "zero within an epoch, recall on the test is poor. What happened?",
        answer="In training the history contains the very item to be predicted. The network finds the shortest way: "
        "make the history's table equal to the item table, and a pair scores high since the item is in the bag. It "
        "has learned to copy. In the test the item is by definition not in the history, so nothing that was learned "
        "applies; and seen items, which it would recommend, are filtered out. The signs: a training loss far below "
        "what a held-out loss of the same kind shows, and recommendations that are the user's own items if the "
        "filter is off. Remedy: take the pair's own item out of its history, for each pair anew. In code that is "
        "cheap: compute the sum over the whole bag once, then subtract the target's row and one from the count. "
        "Divide by the *new* count, and handle the user whose history is then empty. If a log has the item twice, "
        "take out all copies. If order counts, be stricter: history is what came before the pair in time; otherwise "
        "later items tell of earlier ones, which they cannot do when serving. Leaving the item out has a small trap "
        "of its own: what is missing from a known bag can in principle be inferred; random dropout of the rest "
        "prevents that, and makes histories in training as varied and short as in serving. Then compare the lengths "
        "of histories in training and in serving: they should look alike.",
        points=(
            "the answer is in the input: the model copies",
            "training loss without a matching held-out loss",
            "leave the own item out, fix the count, all copies",
            "only what came before; dropout; same lengths in serving",
        ),
        weak="Calls it overfitting and adds regularization; the leak stays.",
        follow_ups=(
            FollowUp(
                "How would you test for such a leak automatically?",
                "Change the target item's row in the history table and check that the user vector of that pair does "
                "not change. If it does, the target is in its own input.",
            ),
            FollowUp(
                "Does the leak exist if users have an id and no history?",
                "Not in this form. The id's row is trained on the pair, that is fitting, which held-out data reveal; "
                "but it is not an input that contains the answer.",
            ),
        ),
        source="[Covington, Adams & Sargin 2016, *Deep Neural Networks for YouTube "
        "Recommendations*](https://doi.org/10.1145/2959100.2959190), section 3.4",
        place=(4, "2. The towers"),
    ),
    Card(
        name="histories shorter than in training",
        topic="user history",
        kind="debug",
        question="The user tower adds up the vectors of the history. Offline all is well. Online, users with one to "
        "three events get poor lists, worse than popularity, though each event is used. Why, and what do you change?",
        answer="In training the model has hardly ever seen such a short history. The usual training pair takes one "
        "item of a user as the target and *all others* as the history, so its length is that of the user's whole "
        "life in the data. In MovieLens nobody has fewer than {{ films.ratings.user.value_counts().min() | 20 }} "
        "ratings, and the median pair comes from a user with {{ "
        "films.ratings.user.map(films.ratings.user.value_counts()).median() | 181 }}, since active users have more "
        "pairs. What the network learned is to read a sum of a hundred vectors, in which single ones hardly count; a "
        "sum of two has another length, another spread, and may be dominated by one odd click. And offline the test "
        "users were as active as the training users, so the mean did not show it. First measure: recall by length of "
        "the history, offline, with histories cut to one, three, ten events. Then train as you serve: at each step "
        "forget a random share of the history, with the share itself drawn anew, so that all lengths occur down to "
        "empty; or train on prefixes, the history as it was at the time of each event. In our chapter four fifths "
        "are forgotten at each step. Normalize so that length does not carry the number of events, and keep a part "
        "that speaks when the history is short: context, or popularity as a term, whose weight may fall with the "
        "number of events.",
        points=(
            "leave-one-out training has histories of full length",
            "active users dominate the pairs",
            "measure by length of history",
            "dropout of histories or prefixes; empty ones too",
            "context or popularity while it is short",
        ),
        weak="Blames a lack of data for these users. The model has the items; it was never trained to read so few of "
        "them.",
        follow_ups=(
            FollowUp(
                "Why draw the share to forget, and not fix it at a half?",
                "Half of a long history is still long: with two hundred events a hundred stay. A share drawn anew "
                "covers all lengths, so the model meets one event as well as a hundred.",
            ),
            FollowUp(
                "Does forgetting hurt users with long histories?",
                "It can, a little, as the model sees their full history rarely. It also regularizes, since no single "
                "item can be relied on. The validation by length shows the balance.",
            ),
        ),
        source="[Covington, Adams & Sargin 2016, *Deep Neural Networks for YouTube "
        "Recommendations*](https://doi.org/10.1145/2959100.2959190), section 3; [Volkovs, Yu & Poutanen 2017, "
        "*DropoutNet*](https://papers.nips.cc/paper/7081-dropoutnet-addressing-cold-start-in-recommender-systems)",
        place=(4, "2. The towers"),
    ),
    Card(
        name="bag or sequence",
        topic="user history",
        kind="compare",
        question="For the user tower: the mean of the item vectors in the history, or a Transformer over the "
        "sequence. How do you decide?",
        answer="By whether order says something in *these* data, and I would find out before building: shuffle each "
        "history, and see whether a sequence model becomes worse. If not, it was never using order. A mean is cheap, "
        "has no parameters of its own, can be updated by adding a vector when an event comes, and can be taken "
        "apart: each item's part in the score is exact. It describes lasting taste. What it cannot do: tell *phone, "
        "then case* from *case, then phone*, let the last session outweigh last year, or keep two interests apart; "
        "their mean may be near neither. Cheap steps between: weight by recency, two bags, one for the last hour and "
        "one for the last year, or a few interest vectors with a search for each. A Transformer, as in SASRec, "
        "weighs the items by each other and by position. It pays where intent changes within a session: music, short "
        "video, shopping. It needs data with true times, longer training, and at serving time a forward pass over "
        "the history for each request, or a cached state. And it needs an honest split by time. Be careful with "
        "public numbers: in MovieLens people tick films they have seen over years, most of them within the same "
        "second as another, so next item there means the order on a screen. I would ship the mean first, as the "
        "rival to beat, judged by users and with an interval.",
        points=(
            "test: shuffle the history",
            "mean: cheap, incremental, explainable; blurs interests and time",
            "steps between: recency weights, two windows, several vectors",
            "sequence data must have true times; MovieLens does not",
        ),
        weak="Takes the Transformer because it is newer, and shows a gain on MovieLens.",
        follow_ups=(
            FollowUp(
                "A user likes horror and children's films. What does the mean do?",
                "It lies between, where the nearest items may please nobody. In many dimensions less badly than in "
                "the plane, since it is still closer to both groups than to the rest, but one group can win.",
            ),
            FollowUp(
                "How long a history?",
                "As long as it still helps on validation: usually the last fifty or hundred events hold most of it. "
                "Long ones cost storage and latency, and carry interests that are over.",
            ),
        ),
        source="[Kang & McAuley 2018, *Self-Attentive Sequential Recommendation*](https://arxiv.org/abs/1808.09781) "
        "and [Fan, Ji, Zhang & Sun 2023](https://arxiv.org/abs/2307.09985) on MovieLens",
        place=(4, "What is a MovieLens timestamp?"),
    ),
    Card(
        name="one over the root of n",
        topic="user history",
        kind="derive",
        question=r"A user's vector is a profile part plus $\frac{1}{\sqrt n}\sum_i \mathbf g_i$ over $n$ items seen, "
        "then scaled to length 1. Why not the sum, and why not the mean? And why is the sum of genre vectors a "
        "histogram times a table?",
        answer="The root keeps the history's length about the same, whatever $n$ is, if the items' vectors are "
        r"unrelated; so the profile's weight does not hang on how much somebody has clicked. Let the $\mathbf g_i$ be "
        r"independent with mean zero and $\mathbb E\lVert\mathbf g\rVert^2 = v$. Then $\mathbb E\lVert\sum\mathbf "
        r"g_i\rVert^2 = n v$, since cross terms vanish. So the sum's length grows like $\sqrt n$, the mean's falls "
        r"like $1/\sqrt n$, and $\frac1{\sqrt n}\sum$ stays at $\sqrt v$. With a sum, our most active user with {{ "
        "films.ratings.user.value_counts().max() | 737 }} films would have a history {{ "
        "sqrt(films.ratings.user.value_counts().max() / films.ratings.user.value_counts().median()) | 3.4 }} times "
        "as long as the median user's with {{ films.ratings.user.value_counts().median() | 65 }}, and the profile "
        "would drown; with a mean, the history of the most active would weigh least. If tastes are coherent, the "
        r"vectors share a direction; then the sum grows like $n$ and $\frac1{\sqrt n}\sum$ still like $\sqrt n$: more "
        "evidence, more weight, which one may want. If there is nothing beside the history, all three are the same "
        r"after scaling to length 1. The histogram: let $\mathbf g_i = \sum_f x_{if}\mathbf e_f$, $x_{if}$ the share "
        r"of genre $f$ in film $i$. Then $\sum_i \mathbf g_i = \sum_f \big(\sum_i x_{if}\big)\mathbf e_f$: the counts "
        "of genres over the history times the table of genres. Sums commute, and the user has a genre profile that "
        "nobody built by hand.",
        points=(
            "length of a sum of unrelated vectors grows like √n",
            "sum drowns the profile, mean starves active users",
            "no difference if the history stands alone before normalizing",
            "sum over items of sums over features: histogram × table",
        ),
        weak="Says that it is for numerical stability, or as in attention, without the variance.",
        follow_ups=(
            FollowUp(
                "A user has seen nothing. What comes out?",
                "The sum is zero, and the count must be at least 1 so that nothing is divided by zero. The profile "
                "speaks alone; with no profile either, the vector is zero and all scores tie.",
            ),
            FollowUp(
                "How would you weigh recent items more?",
                r"Replace each term by $w_i \mathbf g_i$ with $w$ falling by age, and divide by $\sqrt{\sum w_i^2}$, "
                "which keeps the length by the same argument.",
            ),
        ),
        source="[Koren 2008, *Factorization Meets the Neighborhood*](https://doi.org/10.1145/1401890.1401944), "
        "section 4: SVD++ has the same factor",
        place=(4, "2. The towers"),
    ),
    Card(
        name="history at serving time",
        topic="user history",
        kind="design",
        question="Design how a user's history reaches the user tower at serving time, so that what it saw in "
        "training is what it sees in production. 50 million users, last 100 events, reaction within seconds.",
        answer="One definition of *history at time t*, used in both places; most failures here are differences "
        "between the two. Online: events go through a stream into a key-value store, which keeps for each user the "
        "last hundred item numbers with time and type. At 12 bytes an event that is {{ 50e6 * 100 * 12 / 1e9 | 60 GB "
        "}} for all, so it fits in the memory of a few machines. A request reads one row, a millisecond, filters, "
        "and runs the user tower; nothing is computed beforehand for a user, so an event counts within seconds. "
        "Offline: do not rebuild histories by joining tables afterwards. Log the history as it was when the request "
        "was served, and train on that; or replay the events by their time of *arrival*, with the same code and the "
        "same delay. Otherwise training knows events that had not arrived, and the model relies on what it will not "
        "have. Check equality: for a sample of requests compare the logged features with those recomputed offline, "
        "and alarm on the share that differs. Item numbers need a version too: after a new training old histories "
        "must map to new rows, and unknown items add nothing. Details that bite: the same filter for bots and for "
        "deletions, the same cut at a hundred events, the target's own event not yet in it, and a fallback when the "
        "store does not answer: an empty history, which training has seen, by dropout.",
        points=(
            "one definition, log at serving or replay by arrival",
            "store with the last events, sized",
            "user tower at request time: seconds",
            "monitor the difference of offline and online features",
            "fallback is something that training has seen",
        ),
        weak="Rebuilds histories from the warehouse for training: they hold events that had not yet arrived when the "
        "request was served.",
        follow_ups=(
            FollowUp(
                "Recall is fine offline and low online only for active users. Guess?",
                "Their history changes fastest, so delay hurts them most: in training it ended a second before the "
                "click, online it is minutes old. Add the same delay in training.",
            ),
            FollowUp(
                "When is a nightly batch of user vectors enough?",
                "When taste is slow and sessions are rare: books, mail campaigns. It is simple and cheap, but new "
                "users and today's clicks have to wait until tomorrow.",
            ),
        ),
        source="[Sculley et al. 2015, *Hidden Technical Debt in Machine Learning "
        "Systems*](https://papers.nips.cc/paper/5656-hidden-technical-debt-in-machine-learning-systems)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="first day of an item",
        topic="item cold start",
        kind="design",
        question="A marketplace gets 50,000 new listings a day, and half of all sales are of listings less than a "
        "week old. Your two-tower model has an id embedding for each item. Design for the new ones.",
        answer="If half the sales are of new listings, the tower must place an item by its features alone, and the "
        "id is at best a seasoning. An id row that was never trained is noise, so a new item has none: no row, adds "
        "nothing. Features: category, price band, seller, brand, the words of the title and an image vector from a "
        "pretrained network, each with a table or a projection. Train as you will serve: drop the id of a random "
        "share of the items in each batch, so that the other features learn to stand alone. Otherwise the id "
        "explains the training data, and the content tables hardly learn; DropoutNet is this idea. For listings that "
        "live a week I would ask whether ids help at all. Then the path: an event when a listing is created, the "
        "item tower on it at once, into the index within minutes; no new training needed. The seller's other "
        "listings and near duplicates give a prior for quality. Then exploration: reserve a small part of "
        "impressions for new items, and choose among them by predicted value plus uncertainty, since content says "
        "what it is and not how good. Evaluate apart: hold out whole *items*, trained without any of their pairs, "
        "and report recall for ages of an hour, a day, a week. Rivals: the same list for all, content similarity "
        "without training, newest in the category. And watch features that only exist later, review counts for "
        "instance.",
        points=(
            "content features carry it; no row for unseen ids",
            "id dropout in training",
            "item tower at creation, index within minutes",
            "exploration for quality",
            "evaluation on held-out items, with rivals",
        ),
        weak="Starts new items with a random or mean vector and waits for clicks, which never come as they are never "
        "shown.",
        follow_ups=(
            FollowUp(
                "Recall of new items is at chance although the tower has all features. First suspicion?",
                "The id dominates: set all ids to zero for *old* items and measure. If recall falls to chance there "
                "too, the content part was never trained to stand alone. Drop ids in training.",
            ),
            FollowUp(
                "After fifty clicks, what changes?",
                "The item may get a row of its own, started at zero so that nothing jumps, and trained in the next "
                "run; or a fit of that row alone, with the rest of the model fixed.",
            ),
        ),
        source="[Volkovs, Yu & Poutanen 2017, *DropoutNet: Addressing Cold Start in Recommender "
        "Systems*](https://papers.nips.cc/paper/7081-dropoutnet-addressing-cold-start-in-recommender-systems)",
        place=(4, "8. Cold start: films that nobody has seen"),
    ),
    Card(
        name="a cold start that flatters",
        topic="item cold start",
        kind="debug",
        question="On held-out new films your two-tower model has a recall@20 of one half, and the slide says cold "
        "start is solved. What do you ask before you believe it?",
        answer="What chance would have, what a list without any user would have, and what the features knew. Chance: "
        "if only the new films are candidates, there are few, and a list of 20 catches many of them by luck. In our "
        r"chapter the towers have {{ printed(4, r'The towers have ([\d.]+), ') | .5 }}, and chance has {{ printed(4, "
        r"r'Chance has ([\d.]+),') | .3 }}. In production new films compete with all old ones, so measure that as "
        "well. Without a user: give everyone the same order, that of the mean user. If this is nearly as good, the "
        "model guesses popularity from the facts, and does not know taste; with us it is behind by {{ printed(4, "
        r"r'The towers have ([\d.]+), ') - printed(4, r'same list for all, which has ([\d.]+): so') | .2 }}, so taste "
        "is real, but part of the one half is not taste. Then time: were the features known on the first day? The "
        "cast list in Wikidata was written years later, and of a film that became famous it lists more people; its "
        "length correlates with the number of viewers. Take such features out and see what is left. Also: was the "
        "*item* held out entirely, or only some of its pairs? Do duplicates of it stand in training? Were settings "
        "chosen on the same held-out films? And how many draws of held-out films is the number from: which films "
        "were drawn matters at least as much as which users. Finally rivals: content similarity with the same "
        "features, without any training.",
        points=(
            "chance among few candidates",
            "the same list for all: popularity guessed from facts",
            "features written later: a leak",
            "whole items held out, several draws, content rival",
        ),
        weak="Accepts the number since the films were held out.",
        follow_ups=(
            FollowUp(
                "Why does the choice of held-out films matter so much?",
                "A tenth of the films is {{ len(films.films) / 10 | 168 }}, and a few popular ones among them have "
                "most of the test ratings. Another draw has other hits. So repeat the draw and report the spread.",
            ),
            FollowUp(
                "How would you measure new films against all candidates?",
                "Rank them in the full catalog, with seen films left out, and report the recall of test pairs with "
                "new films. It will be far lower, and it is what a user would see.",
            ),
        ),
        source="[Volkovs, Yu & Poutanen 2017, "
        "*DropoutNet*](https://papers.nips.cc/paper/7081-dropoutnet-addressing-cold-start-in-recommender-systems); "
        "the workbook's own measurement",
        place=(4, "8. Cold start: films that nobody has seen"),
    ),
    Card(
        name="users without a row",
        topic="user cold start",
        kind="explain",
        question="Why can a model that computes the user from the items in their history serve someone who came a "
        "minute ago, and a table of user vectors cannot? 50 million users, a million items, 64 dimensions.",
        answer="Because its parameters belong to the items, and the items were there in training. A table has a row "
        "for each user, learned from the user's own pairs; who was not in training has no row, and who clicked today "
        "still has yesterday's. A model of histories has a table of items, and the user is a function of it: the sum "
        "of the vectors of what was seen, or a network on top. A new user with three clicks is three rows added up. "
        "Nothing is trained; the vector changes with the next request. This is called inductive, against "
        "transductive. It is also smaller: {{ 50e6 * 64 * 4 / 1e9 | 12.8 GB }} for the users' rows in float32, {{ "
        "1e6 * 64 * 4 / 1e9 | 0.26 GB }} for the items', plus the histories. And it shares: two users with the same "
        "history have the same vector, so what was learned from one holds for the other. What does it give up? A row "
        "can hold what the history does not show, a heavy user's odd corners; in our chapter ids, features and "
        "histories together were best for known users. In between is *fold-in*: keep the item table of a "
        "factorization, and solve one small ridge regression for the new user's row. EASE belongs to the first kind "
        "as well, since its user is the row of clicks. None of them helps a user with no click at all; there it "
        "takes context, or popularity.",
        points=(
            "parameters on items, user as a function of the history",
            "no training for a new user, instant update",
            "memory: 12.8 GB against 0.26 GB",
            "fold-in and EASE; zero clicks need context",
        ),
        weak="Proposes to retrain hourly, or to give new users the mean vector.",
        follow_ups=(
            FollowUp(
                "Three clicks, all by accident. What protects the user?",
                "Dropout of histories in training makes the model used to short and odd ones, and the profile part "
                "still speaks. At serving, blend with popularity while the history is short.",
            ),
            FollowUp(
                "Should the history's item table be the same as the item tower's?",
                "Not necessarily: two tables let *seen X* mean something other than *is X*. Sharing halves the "
                "parameters and helps with little data; try both.",
            ),
        ),
        source="[Hu, Koren & Volinsky 2008](https://doi.org/10.1109/ICDM.2008.22) for fold-in, [Koren 2008, "
        "*Factorization Meets the Neighborhood*](https://doi.org/10.1145/1401890.1401944), section 4, for users as "
        "sums of items",
        place=(4, "2. The towers"),
    ),
    Card(
        name="first visit",
        topic="user cold start",
        kind="design",
        question="A user opens the app for the first time. You know the country, the device, the hour and the link "
        "they came from. Design the first screen and the next five minutes.",
        answer="Start with what is popular *now* among people like this, and learn from every click at once. First "
        "screen: popularity of the last days, by country and device, since recent popularity is a strong rival; in "
        "our chapter, at one moment for all, a list of the last fortnight was about as good as anything for new "
        "users. If the user tower takes context and history as features, it serves the new user as it is: an empty "
        "history adds nothing, the context speaks. It must have seen that in training, so drop histories at random, "
        "and include first sessions among the training pairs. The link they came from is often the best feature: who "
        "comes from a page on baking has told us something. Then spread: the first screen should cover several "
        "interests, not the ten best of one, because a click there tells more; choose for information as well as for "
        "likely clicks. After the first click the history has one item, and the vector moves at request time, no "
        "training needed. Ask, if the product allows it: three choices of topics or titles, skippable, with titles "
        "that divide the users rather than ones that all like. Age or gender can be a weak prior, and YouTube's "
        "paper uses them so; in our chapter the profile said almost nothing about who watches horror, and it "
        "stereotypes, so one click should outweigh it. Measure new users apart, by number of events so far: zero, "
        "one to five, more. The aim is a second visit, not the first click, so test online.",
        points=(
            "recent popularity by context as base",
            "user tower with empty histories trained for",
            "diversity and information on the first screen",
            "history at request time; optional questions",
            "measured apart; return as the goal",
        ),
        weak="Proposes collaborative filtering on demographics, or waits until there are enough clicks.",
        follow_ups=(
            FollowUp(
                "Bandit or fixed rules for the first screen?",
                "Many users share the same few contexts, so a bandit over a few dozen candidate lists learns "
                "quickly. Keep a floor of exploration, as popularity moves.",
            ),
            FollowUp(
                "What do you do with an id embedding for users?",
                "Leave it out of retrieval: a new user has none, and histories carry the same knowledge in a form "
                "that works at once. Our served model has no user ids.",
            ),
        ),
        source="[Covington, Adams & Sargin 2016, *Deep Neural Networks for YouTube "
        "Recommendations*](https://doi.org/10.1145/2959100.2959190), section 3.3",
        place=(4, "One moment for all"),
    ),
    Card(
        name="one odd list for all new users",
        topic="user cold start",
        kind="debug",
        question="After launch all new users get the same 20 recommendations, and they are odd: the first films of "
        "the catalog file. Known users are fine. Offline metrics were good. What happened?",
        answer="New users have the zero vector, all scores tie, and the sort breaks ties by position in the file. A "
        "model of ids, EASE or a user table has nothing for a user without data: the row is empty, the product with "
        "anything is zero, and a stable sort returns the first items of the file. It is not an error for the "
        "program, so no alarm went off. The offline numbers were good since the split was made within each user: "
        "everybody in the test had training data, and no new user was ever measured. In our chapter, with one moment "
        r"for all, {{ 100 * printed(4, r'(\d+) new\.') / printed(4, r'(\d+) users have films after it') | 64 % }} of "
        r"the users to be served are new; EASE without a fallback has an NDCG@20 of {{ printed(4, r'^EASE +(0\.\d+) "
        r"+-[\d.]+ +-[\d.]+ +-[\d.]+ +behind$') | .10 }}, with popularity for those it does not know {{ printed(4, "
        r"r'^EASE, else popularity +([\d.]+) +-') | .32 }}. What I do: a fallback by rule, popularity of the last "
        "days, when nothing is known; better, a tower with context features that is trained with empty histories. "
        "Then guard it: count requests whose vector is zero or whose top scores tie; alarm when one list is served "
        "to an unusual share of users; report metrics for new users apart; split by time. Break ties by popularity "
        "rather than by position. A related trap: an untrained id row is not zero but random, so a new user gets a "
        "list that is different for each, and just as meaningless; that is harder to see.",
        points=(
            "zero vector, ties, order of the file",
            "the split had no new users",
            "fallback, or a tower that is trained for it",
            "guards: ties, zero vectors, share of identical lists",
        ),
        weak="Looks for a bug in the index or the cache, since known users are fine.",
        follow_ups=(
            FollowUp(
                "Your evaluation code breaks ties by position, too. What harm does that do?",
                "If popular items stand first in the file, a model that knows nothing scores like popularity; if the "
                "right item stands first, it is perfect. Count ties by half a place, or shuffle.",
            ),
            FollowUp(
                "Normalize the zero vector: what happens?",
                "Zero divided by zero is NaN, unless the code adds an epsilon, as PyTorch's `normalize` does, which "
                "leaves it zero. With NaN scores, the result of the sort is undefined.",
            ),
        ),
        source="[Volkovs, Yu & Poutanen 2017, "
        "*DropoutNet*](https://papers.nips.cc/paper/7081-dropoutnet-addressing-cold-start-in-recommender-systems); "
        "[Steck 2019, *EASE*](https://arxiv.org/abs/1905.03375)",
        place=(4, "One moment for all"),
    ),
]
