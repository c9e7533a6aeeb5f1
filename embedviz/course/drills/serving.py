"""Cards: from vectors to answers within milliseconds, and what happens to them in production."""

from embedviz.course.drills.card import Card, FollowUp

CARDS: list[Card] = [
    Card(
        name="stages of a funnel",
        topic="funnel",
        kind="design",
        question="A catalog of 10 million videos, 5,000 requests a second, 100 ms for an answer. Design the stages "
        "from catalog to page, with sizes and a budget of time for each.",
        answer="Four stages, each with fewer items and more work on each: retrieve about a thousand, filter, rank a "
        "few hundred, re-rank the page. Retrieval has several sources side by side: two towers with an index, what is "
        "popular now, subscriptions, items similar to the last one watched, new uploads. Each gives some hundred "
        "within 10 to 20 ms; they run in parallel, and the union without repeats goes on. Filters drop what is seen, "
        "blocked or not licensed in the country, in some 5 ms; where possible filter inside the sources, else a source "
        "may come back empty. The ranker is one network on user, item and context together, with several objectives: "
        "click, watch time, satisfaction. It costs the most: five hundred candidates for each request are {{ 500 * "
        "5000 / 1e6 | 2.5 million }} evaluations a second, so it scores all candidates of a request as one batch, with "
        "item features fetched in one call, in 40 ms. Re-ranking looks at the page as a whole: variety, freshness, "
        "slots for exploration, in 5 ms. That leaves 30 ms for the network and for slow requests. Every stage needs a "
        "fallback, in the end a cached popular list. And log the candidates of each stage: you cannot improve "
        "retrieval if you see only what survived the ranker.",
        points=(
            "several sources in parallel, about a thousand candidates",
            "filters early, ranker on hundreds, page re-ranked as a whole",
            "rates: ranker evaluations a second",
            "fallbacks, and logs of each stage",
        ),
        weak="Draws two boxes, retrieval and ranking, without sizes, milliseconds, filters or fallbacks.",
        follow_ups=(
            FollowUp(
                "Why several retrieval sources, if the two towers are the best of them?",
                "They miss different things: towers are weak on items of this hour and on sudden interests. Several "
                "sources also keep the system alive when one fails. Measure each one by what only it has found.",
            ),
            FollowUp(
                "How do you decide how many candidates go to the ranker?",
                "Plot the final quality against the number; it flattens. Take the smallest one on the plateau that "
                "the budget allows, and look again after each change of the retriever.",
            ),
        ),
        source="[Covington, Adams & Sargin 2016, *Deep Neural Networks for YouTube "
        "Recommendations*](https://doi.org/10.1145/2959100.2959190)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="recall along a funnel",
        topic="funnel",
        kind="compute",
        question="Of the items a user will choose, retrieval has 70 % among its 500 candidates, the filter wrongly "
        "drops 5 % of these, and the ranker puts 40 % of what reaches it onto the page of 10. What is the recall of "
        "the page, and where would you work?",
        answer="The page holds {{ 100 * .7 * .95 * .4 | 27 % }} of them: the shares multiply. What a stage drops no "
        "later one brings back, so the recall of retrieval is a ceiling: a perfect ranker on these candidates would "
        "reach {{ 100 * .7 * .95 | 66.5 % }}, if the page had room. A perfect retriever with the same ranker would "
        "give {{ 100 * .95 * .4 | 38 % }} at best, and only if the ranker kept its 40 %, which is unlikely: better "
        "candidates are harder to tell apart. So the ranker has the larger gap here. Relative gains are equal for all "
        "stages: ten percent more at any one of them is ten percent more on the page. Ask then where ten percent are "
        "cheapest. The filter's 5 % is a bug, found in a day. Doubling the candidates to a thousand costs twice the "
        "ranker's time and may bring retrieval from 70 to 80. Last, the factors are averages: measure them for new "
        "users and for tail items apart, where retrieval often is the bottleneck. And measure on what users chose in "
        "other ways too, through search for instance, else retrieval judges itself.",
        points=(
            "shares multiply: 27 %",
            "an early miss is final: two thirds are the ceiling",
            "relative gains are worth the same at any stage",
            "look at segments, and at positives found outside the funnel",
        ),
        weak="Adds or averages the shares, or improves the stage with the lowest number without asking what it costs.",
        follow_ups=(
            FollowUp(
                "Retrieval logs show a recall of 99 %. Why do you not believe it?",
                "The positives come from the funnel itself: whatever was clicked had been retrieved. Use choices from "
                "search, from links, or from a small random share.",
            ),
            FollowUp(
                "You raise retrieval from 70 to 80 % and the page does not change. Why?",
                "The new candidates are ones that the ranker never saw in training, or scores low as it knows only "
                "the old retriever's; retrain it on the new candidates.",
            ),
        ),
        source="[Covington, Adams & Sargin 2016, *Deep Neural Networks for YouTube "
        "Recommendations*](https://doi.org/10.1145/2959100.2959190)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="better retriever, worse page",
        topic="funnel",
        kind="debug",
        question="You deploy a retriever with 10 % more recall@500. The page gets worse. The ranker is unchanged. "
        "What happened?",
        answer="Most likely the ranker meets candidates that it was not trained on. It learned from items that the old "
        "retriever let through and the page showed; the new one brings others, on which its scores are extrapolations. "
        "And taking the maximum of many noisy scores picks out those that are too high by mistake. It also fits that a "
        "better retriever brings more hard candidates, which resemble the good ones without being good. To check it, "
        "look at the share of the page that only the new retriever found, and compare the click rate of those items "
        "with the predicted one. If the prediction is far too high there, that is the cause. The fix is to retrain the "
        "ranker on candidates of the new retriever, with random candidates as negatives beside those shown, and to "
        "switch both together or let the new source grow from a twentieth of the candidates. Other suspects in order: "
        "a feature of the ranker that comes from the retriever, such as its score or rank, and now has another scale; "
        "new candidates that displace other sources, so that recall@500 rose and variety fell; more candidates, so "
        "more timeouts and fallbacks; and the offline recall itself, which was measured on logs.",
        points=(
            "shift of the ranker's input: not trained on these candidates",
            "maximum over noisy scores picks the errors",
            "compare predicted and real clicks of new items",
            "retrain the ranker, switch together; check the score feature",
        ),
        weak="Concludes that offline recall is worthless and rolls back without finding out which stage failed.",
        follow_ups=(
            FollowUp(
                "How do you keep a ranker robust to changes of retrieval?",
                "Train it on a mix: items shown, items retrieved and not shown, and a few random ones as negatives; "
                "weigh them so that its probabilities stay calibrated on what is shown.",
            ),
            FollowUp(
                "How would you have noticed before the launch?",
                "By running both stages offline together on held-out choices, and by a shadow run: the new pipeline "
                "computes pages that nobody sees, and distributions of scores and of features are compared.",
            ),
        ),
        source="[Sculley et al. 2015, *Hidden Technical Debt in Machine Learning "
        "Systems*](https://papers.nips.cc/paper/2015/hash/86df7dcfd896fcaf2674f757a2463eba-Abstract.html)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="cost of exact search",
        topic="exact and approximate search",
        kind="compute",
        question="One million vectors of 64 float32 numbers; a core reads 10 GB and computes 20 billion multiply-adds "
        "a second. How long does one exact query take, and a thousand at once? When do you need an index?",
        answer="One query takes about {{ 1e6 * 64 * 4 / 10e9 * 1000 | 26 ms }}, and is bounded by memory. The table is "
        "{{ 1e6 * 64 * 4 / 1e6 | 256 MB }}, and each query must read all of it; the {{ 1e6 * 64 / 1e6 | 64 million }} "
        "multiply-adds take {{ 1e6 * 64 / 20e9 * 1000 | 3.2 ms }} and hide behind the reading. A thousand queries at "
        "once are a matrix product: a block of the table is read once and used by all, so arithmetic bounds it, and a "
        "query costs {{ 1e6 * 64 / 20e9 * 1000 | 3.2 ms }} of the core, eight times less. Then comes the top k, which "
        "is cheap with a heap or a partition, and not cheap if you sort a million scores. So with a budget of 50 ms "
        "and one request now and then, exact search is fine at a million, and surely among the {{ len(films.films) | "
        "1,682 }} films of the workbook. It is always right, has no settings, and there is nothing to rebuild. What "
        "asks for an index is the rate: at a thousand requests a second exact search takes {{ 1e6 * 64 / 20e9 * 1000 | "
        "3.2 }} cores even in perfect batches, and {{ 1e6 * 64 * 4 / 10e9 * 1000 | 26 }} one at a time; at a hundred "
        "million items a hundred times that. Half precision halves the reading, and a GPU moves the border far up.",
        points=(
            "single query: memory bound, table / bandwidth, 26 ms",
            "batched: compute bound, 3.2 ms each",
            "top k by partition, not by sorting",
            "an index for rate and size, not by reflex",
        ),
        weak="Says that exact search is O(N d) and hence too slow, with no milliseconds.",
        follow_ups=(
            FollowUp(
                "Why can the same hardware answer a batch so much faster?",
                "Each number of the table that was read serves all queries of the batch. One query does one "
                "multiply-add for each 4 bytes read; a thousand do a thousand.",
            ),
            FollowUp(
                "How would you use several cores for one query?",
                "Cut the table into pieces, one a core, take each one's top k and merge them: exact, as the best k of "
                "all are among the best k of the pieces. Memory bandwidth is shared, so the gain ends there.",
            ),
        ),
        source="[Johnson, Douze & Jégou 2017, *Billion-Scale Similarity Search with "
        "GPUs*](https://arxiv.org/abs/1702.08734)",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="recall of an index",
        topic="exact and approximate search",
        kind="explain",
        question="What is the recall of an approximate index, how do you measure it, and how does it differ from the "
        "model's recall? What is it if the index returns 7, 1 and -1 for the true neighbors 4, 1 and 7?",
        answer="The share of the exact neighbors that the index returns, whatever their place: here 1 and 7 of three, "
        "{{ 2 / 3 | .67 }}. The -1 means that it found no more; divide by the true ones all the same, not by what came "
        "back, else an index that returns one sure neighbor and nothing else looks perfect. Measure it on real "
        "queries: user vectors and not item vectors, since in two towers they are distributed differently. Compute the "
        "exact answer for a sample of some thousand, take the recall of each query, and average. A neighbor that came "
        "back for another query does not count, and the place does not matter, since what was found can be scored "
        "exactly. The model's recall is another number: it asks whether the user's next items are among the nearest at "
        "all. The two do not simply multiply, as an index misses the end of the list more often than its top: with IVF "
        "on the workbook's made-up vectors, at a mean recall of nine tenths over the first hundred, ranks fifty to a "
        "hundred were missed about three times as often as the first ten. So losing a twentieth in the index usually "
        "costs the model less than that, but measure it. Look at the worst queries too: the same mean can be a small "
        "loss for everybody, or an empty page for one user in twenty. And repeat it after the vectors have changed; an "
        "index tuned for last month's model has another recall today.",
        points=(
            "share of exact neighbors found, any order, by k",
            "real queries, exact answers for a sample, mean over queries",
            "not the recall of the model",
            "look at the worst queries; measure again after retraining",
        ),
        weak="Mixes it up with recall on test items, or compares place by place, or divides by the number returned.",
        follow_ups=(
            FollowUp(
                "Why measure at the k that you serve?",
                "An index tuned for the ten nearest may miss many of a thousand: HNSW keeps no more candidates than "
                "its search width, and IVF's probed lists may hold fewer than k.",
            ),
            FollowUp(
                "What if exact distances have ties?",
                "Then an index may return an equally near neighbor with another number and count as wrong. Compare by "
                "distance: found is what is no farther than the true k-th.",
            ),
        ),
        source="[Aumüller, Bernhardsson & Faithfull 2018, *ANN-Benchmarks*](https://arxiv.org/abs/1807.05614)",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="dot product as a distance",
        topic="exact and approximate search",
        kind="derive",
        question="Your library finds nearest neighbors by Euclidean distance only; your scores are dot products of "
        "vectors of different lengths. Derive a transformation of the vectors that gives both the same order.",
        answer="Add one coordinate to the items that brings all to the same length. From $\\lVert \\mathbf u - "
        "\\mathbf v\\rVert^2 = \\lVert\\mathbf u\\rVert^2 + \\lVert\\mathbf v\\rVert^2 - 2\\,\\mathbf u\\cdot\\mathbf "
        "v$ you see that for a given query the two orders differ only by $\\lVert\\mathbf v\\rVert^2$. With $M = "
        "\\max_j \\lVert\\mathbf v_j\\rVert$ let $\\tilde{\\mathbf v} = (\\mathbf v, \\sqrt{M^2 - \\lVert\\mathbf "
        "v\\rVert^2})$ and $\\tilde{\\mathbf u} = (\\mathbf u, 0)$. Now every item has length $M$, the dot product is "
        "unchanged, as the new coordinate meets a zero, and $\\lVert\\tilde{\\mathbf u} - \\tilde{\\mathbf v}\\rVert^2 "
        "= \\lVert\\mathbf u\\rVert^2 + M^2 - 2\\,\\mathbf u\\cdot\\mathbf v$: the nearest is the one with the largest "
        "dot product. If all vectors have length 1, no trick is needed: distance, dot product and cosine give the same "
        "order. Two caveats. The queries lie in a hyperplane that holds none but the longest items, so data and "
        "queries are distributed differently, and an index may need more effort for the same recall. And a new item "
        "that is longer than $M$ breaks it; keep some room above. Most libraries now offer the inner product directly; "
        "know then that it is no metric: an item need not be its own nearest neighbor.",
        points=(
            "expand the squared distance",
            "extra coordinate √(M² − ‖v‖²), 0 for the query",
            "normalized vectors need nothing",
            "an inner product is no metric; new longer items break M",
        ),
        weak="Normalizes the items, which changes the order: that is the cosine, and drops what the length had "
        "learned.",
        follow_ups=(
            FollowUp(
                "Can you normalize the query?",
                "Yes, always: it multiplies all scores of that query by the same positive number, so the order stays. "
                "Only normalizing the items changes it.",
            ),
            FollowUp(
                "Show an item that is not its own nearest neighbor by dot product.",
                "The vectors (1, 0) and (2, 1): the first has 1 with itself and 2 with the second.",
            ),
        ),
        source="[Bachrach et al. 2014, *Speeding Up the Xbox Recommender System Using a Euclidean Transformation for "
        "Inner-Product Spaces*](https://doi.org/10.1145/2645710.2645741)",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="how HNSW walks",
        topic="HNSW",
        kind="explain",
        question="Explain HNSW to a colleague: the structure, how a query runs, and what M, efConstruction and "
        "efSearch do.",
        answer="It is a graph of neighbors in layers, in which a query walks greedily toward its nearest vectors. Each "
        "vector is a node of the bottom layer, linked to up to $2M$ others there and $M$ above; a node reaches layer "
        "$l$ or higher with a probability of about $M^{-l}$, so each layer has about $1/M$ of the nodes of the one "
        "below. A query starts at the top, where links are long, moves to whichever neighbor is nearer until none is, "
        "and goes down a layer. At the bottom it keeps a list of the efSearch best candidates, expands the nearest one "
        "that is not yet expanded, and stops when that one is farther away than the worst of a full list. So efSearch "
        "is the width of the search: more of it, more recall and more time; it must be at least k. M sets memory and "
        "how well connected the graph is; efConstruction is the same width while inserting: a larger one gives better "
        "links and a slower build. Links are chosen to be diverse: a candidate is dropped if it is nearer to a chosen "
        "neighbor than to the node, which keeps bridges between clusters. The time grows slowly, in practice about "
        "with the logarithm of the number, and the price is memory: the vectors plus {{ 2 * 32 * 4 | 256 }} bytes of "
        "links each at an M of 32.",
        points=(
            "layered graph, greedy walk from sparse to dense",
            "efSearch: width of the search, at least k",
            "M: links and memory; efConstruction: quality of the build",
            "diverse links; time about logarithmic in practice",
        ),
        weak="Calls it a tree, or says that the logarithm is guaranteed, or that M is changed at query time.",
        follow_ups=(
            FollowUp(
                "Which of the three can you change after the build?",
                "Only efSearch; M and efConstruction are in the links. So one index can serve two latencies.",
            ),
            FollowUp(
                "When would you rather not take HNSW?",
                "When memory is scarce, when vectors must be compressed strongly, when much is deleted, or when a "
                "build of hours every night is too slow: IVF with codes then.",
            ),
        ),
        source="[Malkov & Yashunin 2016, *Efficient and Robust Approximate Nearest Neighbor Search Using "
        "HNSW*](https://arxiv.org/abs/1603.09320)",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="memory of HNSW",
        topic="HNSW",
        kind="compute",
        question="100 million vectors of 128 float32 numbers in HNSW with M = 32. How much memory? It must fit into "
        "64 GB: what do you change?",
        answer="About {{ 1e8 * (4 * 128 + 2 * 32 * 4) / 1e9 | 77 GB }}: for each vector $4 \\cdot 128$ bytes for the "
        "numbers, {{ 4 * 128 | 512 }}, and up to $2M$ links of 4 bytes in the bottom layer, {{ 2 * 32 * 4 | 256 }}. "
        "The upper layers add little: a node has on average a share of about $1/(M-1)$ of a further layer with M "
        "links, some {{ 32 * 4 / 31 | 4 }} bytes; many libraries store an id of 8 bytes, too. It does not fit. Look at "
        "what is large: the vectors are two thirds. As float16 they are half, {{ 1e8 * (2 * 128 + 256) / 1e9 | 51 GB "
        "}}, with hardly any loss of order; as int8 a quarter, {{ 1e8 * (128 + 256) / 1e9 | 38 GB }}, and now the "
        "links are the larger part. Halving M saves {{ 1e8 * 128 / 1e9 | 13 GB }}, and recall has to be bought back by "
        "a larger efSearch. A smaller dimension helps if the model allows it. Beyond that, change the structure: IVF "
        "with product quantization needs some {{ 16 + 8 | 24 }} bytes for each vector instead, or a graph on disk. Or "
        "shards: two machines with half each. Leave room: while the new index is built the old one serves, so one "
        "machine that does both needs twice the sum.",
        points=(
            "N (4 d + 8 M) bytes: 77 GB",
            "float16 or int8 numbers shrink the larger part",
            "links then dominate: lower M",
            "IVF-PQ, disk or shards; room for the rebuild",
        ),
        weak="Counts only the vectors, {{ 1e8 * 128 * 4 / 1e9 | 51 GB }}, and is surprised by the links.",
        follow_ups=(
            FollowUp(
                "Why 2M links at the bottom?",
                "The paper recommends it: the bottom layer holds all nodes, the search spends most of its steps "
                "there, and more links there raise recall much for high-dimensional data.",
            ),
            FollowUp(
                "May part of it be swapped out to disk?",
                "Not by the operating system: a walk jumps over the whole memory, so each step would wait for a page. "
                "Designs for disk place a node's links and vector in one block and keep small codes in memory to "
                "steer.",
            ),
        ),
        source="[Faiss wiki, *Guidelines to choose an "
        "index*](https://github.com/facebookresearch/faiss/wiki/Guidelines-to-choose-an-index)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="index decays",
        topic="HNSW",
        kind="debug",
        question="An HNSW index is updated all day: items are added, old ones deleted. Within three weeks its recall "
        "falls from .97 to .88, and latency rises. The model has not changed. Why, and what do you do?",
        answer="Deletions, most likely: in many libraries a deleted node is only marked. The search still walks over "
        "it, but must not return it. If dead nodes count toward the search width, fewer living candidates are kept and "
        "recall falls; if they do not, as in hnswlib, the walk goes on until it has enough living ones, and latency "
        "rises. Where nodes are really removed, their neighbors lose links, and parts of the graph may lose their "
        "connection: some items cannot be reached from the entry point at all. Updates count double: an item whose "
        "vector changed is usually a deletion and an insertion. Check the share of dead nodes, recall by the age of "
        "the items, and for a sample of items whether a query with their own vector finds them. The cure is to rebuild "
        "regularly, every night or when the dead reach a fifth, say, into a second index, to test its recall and then "
        "to swap. Let the new items of the day live in a small index of their own, searched exactly and merged. "
        "Reusing the slots of deleted nodes keeps the memory bounded. Raising efSearch only hides the trouble, at the "
        "cost of latency, which was rising already.",
        points=(
            "tombstones: walked over, not returned",
            "lost links make items unreachable",
            "monitor recall, share of dead nodes, reachability",
            "rebuild and swap; small fresh index beside it",
        ),
        weak="Raises efSearch until the alarm stops.",
        follow_ups=(
            FollowUp(
                "How do you monitor recall in production without exact search for all?",
                "Take a sample of real queries, a few hundred an hour, compute the exact answer offline on the same "
                "snapshot, and plot the recall with its interval.",
            ),
            FollowUp(
                "Does IVF have the same problem?",
                "Deleting is easy there: remove an entry of a list. It ages in another way: centers trained on old "
                "vectors fit badly, lists get unequal, and recall at the same number of probes falls.",
            ),
        ),
        source="[Singh et al. 2021, *FreshDiskANN*](https://arxiv.org/abs/2105.09613)",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="how many lists",
        topic="IVF and PQ",
        kind="derive",
        question="IVF clusters N vectors into L lists and searches the p nearest of them. Derive the number of lists "
        "that makes a query cheapest at a fixed p. N is one million, p is 16: how much faster than exact search? Why "
        "is it not the best choice?",
        answer="At the optimum L is $\\sqrt{pN}$. A query is compared with L centers, then with the members of p "
        "lists, $pN/L$ if the lists are equal: the cost is $L + pN/L$. Its derivative, $1 - pN/L^2$, is zero at $L = "
        "\\sqrt{pN}$, here {{ sqrt(16 * 1e6) | 4,000 }}, and both parts are equal: {{ 2 * sqrt(16 * 1e6) | 8,000 }} "
        "comparisons instead of a million, {{ 1e6 / (2 * sqrt(16 * 1e6)) | 125 }} times fewer. In general the cost "
        "grows with the root of N. But it is wrong to fix p: what you want to fix is the recall. With more lists each "
        "covers less, so the same recall needs more probes, and the neighbors that lie across a border are missed. So "
        "choose L near some multiple of the root of N, plot recall against time for growing p, and take the cheapest "
        "point above your recall. Lists are not equal either: the expected cost is about $p \\sum_l n_l^2 / N$, if "
        "queries are distributed as the vectors are, which is more than $pN/L$ for unequal lists. Last, the centers "
        "must be trained, on at least some dozens of vectors for each list, and the comparison with L centers can "
        "itself use a graph when L is large.",
        points=(
            "cost L + pN/L",
            "L = √(pN) = 4,000, 125 times fewer",
            "but recall is to be fixed, not p",
            "unequal lists cost more; centers need training data",
        ),
        weak="Knows the rule of thumb of the root of N without its derivation, or forgets the comparison with the "
        "centers.",
        follow_ups=(
            FollowUp(
                "Why do misses happen, and what do they look like?",
                "A true neighbor lies just across the border of a list that was not probed. Queries near borders, or "
                "in sparse regions with large cells, lose most.",
            ),
            FollowUp(
                "Two lists have the sizes 900 and 100. What is the expected work with one probe, if queries are "
                "distributed as the vectors are?",
                "It is {{ .9 * 900 + .1 * 100 | 820 }} comparisons instead of {{ 1000 / 2 | 500 }} with equal lists, "
                "as nine tenths of the queries meet the large one.",
            ),
        ),
        source="[Faiss wiki, *Guidelines to choose an "
        "index*](https://github.com/facebookresearch/faiss/wiki/Guidelines-to-choose-an-index)",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="bytes of IVF-PQ",
        topic="IVF and PQ",
        kind="compute",
        question="A billion vectors of 64 float32 numbers. How many bytes do they take in full, and in IVF-PQ with 16 "
        "parts of a byte each and 65,536 lists? Name every part.",
        answer="In full {{ 1e9 * 64 * 4 / 1e9 | 256 GB }}, in IVF-PQ {{ (1e9 * (16 + 8) + 4 * 64 * (65536 + 256)) / "
        "1e9 | 24.0 GB }}. Four parts. The codes stand in place of the vectors: for each piece the index of one of "
        "$256$ centers, a byte, so {{ 1e9 * 16 / 1e9 | 16 GB }}. The ids of the vectors, 8 bytes each, since a list "
        "must know which vectors it holds: {{ 1e9 * 8 / 1e9 | 8 GB }}, half of the codes' size and often forgotten. "
        "The centers of the lists, in float32: {{ 4 * 65536 * 64 / 1e6 | 16.8 MB }}. And the codebooks: 16 pieces with "
        "$256$ centers of 4 dimensions each, which together are $256 \\cdot 64$ numbers whatever the number of pieces: "
        "{{ 4 * 256 * 64 / 1e3 | 65.5 kB }}. So what counts is $N(\\text{parts} + 8)$, and the rest is negligible. "
        "Check the units: bytes, not bits; a code of $256$ values is 8 bits, one byte. The codes alone would save a "
        "factor of 16; with the ids it is {{ 256 / 24.0168 | 10.7 }}, and with ids of 4 bytes, enough for four "
        "billion, {{ 256 / (16 + 4) | 12.8 }}. The full vectors, if you keep them for re-ranking, go to disk: add "
        "their size there, and the time to fetch a few hundred of them.",
        points=(
            "codes: N × parts bytes, 16 GB",
            "ids: 8 N, 8 GB",
            "list centers 4 L d, codebooks 4 · 256 · d: negligible",
            "N (parts + 8) is what counts: 24 GB",
        ),
        weak="Forgets the ids, counts codes as float32 or bits, multiplies the codebooks by the number of parts, or "
        "stores the vectors too.",
        follow_ups=(
            FollowUp(
                "Why do more parts not make the codebooks larger?",
                "Each piece has $256$ centers of $d/\\text{parts}$ dimensions; all pieces together have $256\\,d$ "
                "numbers. Only the codes grow.",
            ),
            FollowUp(
                "What changes if each piece has 4 bits instead of 8?",
                "16 centers a piece; codes half as large for the same number of pieces, coarser, but the distance "
                "tables fit into registers, so scanning is several times faster. Usually one takes twice as many "
                "pieces.",
            ),
        ),
        source="[Jégou, Douze & Schmid 2011, *Product Quantization for Nearest Neighbor "
        "Search*](https://doi.org/10.1109/TPAMI.2010.57)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="how PQ scans",
        topic="IVF and PQ",
        kind="explain",
        question="How does product quantization compute a dot product from codes, why is that fast, and what is lost? "
        "Use 64 dimensions and 16 parts.",
        answer="With a table of partial products for each query. Cut the query into 16 pieces of 4 numbers; multiply "
        "each piece with the $256$ centers of its codebook: {{ 16 * 256 | 4,096 }} numbers, computed once with {{ 256 "
        "* 64 | 16,384 }} multiply-adds. The approximate product with any stored vector is then the sum of 16 entries, "
        "looked up by the bytes of its code: 16 additions instead of 64 multiply-adds, and 16 bytes read instead of {{ "
        "64 * 4 | 256 }}. So far more vectors fit into memory, and much less is read. The scan is not sixteen times "
        "faster, though, since lookups are slow for a processor: with Faiss on one of our cores, a million codes took "
        "a bit more than half the time of the exact scan; codes of 4 bits, whose tables fit into registers, were more "
        "than ten times faster still. The query itself is not quantized; that is what *asymmetric* means, and it about "
        "halves the squared error. What is lost is the difference of a vector from its centers. It matters where "
        "neighbors are close together: in the workbook, with 8 bytes a vector, a sixteenth of float32, about "
        '{{ round(3 * printed(4, r"of the 10 nearest, (\\d+)% are among its first 10\\.") / 100) | 2 }} thirds of '
        "the ten nearest are among the first ten by codes, but nearly all among the first hundred. So fetch some ten "
        "times as many, and re-rank by exact vectors from disk. With IVF one encodes the residual to the list's "
        "center, which is smaller, "
        "so the same bytes say more.",
        points=(
            "table of 16 × 256 partial products per query",
            "16 lookups and additions, 16 bytes a vector",
            "asymmetric: query not quantized",
            "fetch more and re-rank; residuals with IVF",
        ),
        weak="Decodes the vectors before multiplying, promises a speedup by the ratio of the bytes, or thinks that the "
        "order survives without re-ranking.",
        follow_ups=(
            FollowUp(
                "For how many vectors does the table pay?",
                "The table costs {{ 256 * 64 | 16,384 }} multiply-adds, as much as {{ 256 * 64 / 64 | 256 }} exact "
                "products; a scan of a few thousand codes repays it.",
            ),
            FollowUp(
                "Why does a learned rotation before the cut (OPQ) help?",
                "If a few dimensions hold most of the variance and stand in one piece, its $256$ centers must "
                "describe it all. A rotation spreads the variance, and puts correlated dimensions together.",
            ),
        ),
        source="[Jégou, Douze & Schmid 2011, *Product Quantization for Nearest Neighbor "
        "Search*](https://doi.org/10.1109/TPAMI.2010.57); [Ge et al. 2014, *Optimized Product "
        "Quantization*](https://doi.org/10.1109/TPAMI.2013.240)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="HNSW or IVF",
        topic="IVF and PQ",
        kind="compare",
        question="HNSW or IVF-PQ for a catalog of 50 million items of 128 numbers, a tenth of it replaced each day, on "
        "a machine with 16 GB of memory?",
        answer="IVF-PQ, because of memory and of the replacements. HNSW keeps full vectors and links: {{ 5e7 * (4 * "
        "128 + 8 * 32) / 1e9 | 38 GB }} in float32 with M at $32$, and even with int8 numbers {{ 5e7 * (128 + 8 * 32) "
        "/ 1e9 | 19 GB }}. With int8 and half of the links, {{ 5e7 * (128 + 8 * 16) / 1e9 | 13 GB }}, it would just "
        "fit, with no room for a rebuild. IVF-PQ with codes of $32$ bytes needs {{ 5e7 * (32 + 8) / 1e9 | 2 GB }}, and "
        "leaves room for a second index while the new one is built. As to the replacements, five million deletions a "
        "day leave an HNSW graph full of dead nodes, and inserting means a search with efConstruction each; in IVF "
        "deleting removes an entry, inserting finds the nearest center and appends a code, and building anew is fast "
        "once the centers are trained. On the other side, at a high recall HNSW is usually the fastest for single "
        "queries in memory, and needs no training data. IVF-PQ alone does not reach a high recall, as the codes blur "
        "the order: it must fetch several hundred and re-rank them by exact vectors, from a fast disk for instance. "
        "Centers age as well: when the distribution moves, lists become unequal, so train anew with each model. With "
        "four times the memory and a stable catalog, I would take HNSW. In any case measure both at the recall that "
        "you need, on your queries.",
        points=(
            "memory: 38 GB against 2 GB",
            "deletions and rebuilds are easy for IVF",
            "HNSW fastest at high recall in memory",
            "IVF-PQ needs re-ranking, and centers age",
        ),
        weak="Says that HNSW is the best because a benchmark says so, without memory or updates.",
        follow_ups=(
            FollowUp(
                "Can they be combined?",
                "Yes: HNSW over the centers of IVF finds the lists when there are hundreds of thousands of them, and "
                "PQ or int8 codes can be stored in the nodes of a graph.",
            ),
            FollowUp(
                "How do you choose the number of probes in production?",
                "From the curve of recall against latency on real queries: the fewest probes with the recall that is "
                "needed, checked again after every rebuild.",
            ),
        ),
        source="[Douze et al. 2024, *The Faiss Library*](https://arxiv.org/abs/2401.08281)",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="empty pages",
        topic="filtered search",
        kind="debug",
        question="11 % of the films are from before 1970. The system retrieves 20 and filters afterwards. For more "
        "than half of the users the page is empty. Why so many, and would fetching 400 be enough?",
        answer="Because the filter is not independent of the user; and no, 400 would not be enough. If old films were "
        "spread evenly over all lists, the share of users with none among 20 would be {{ (1 - (films.films.year < "
        '1970).mean()) ** 20 | .1 }}; measured it is {{ printed(4, r"(\\d+)% of the users see an empty page") / 100 | '
        ".6 }}. People who like new films get new films: a user's neighborhood is nearly all new, or for a few nearly "
        "all old. For the same reason fetching more does not do what the average promises. 400 would hold {{ 400 * "
        "(films.films.year < 1970).mean() | 43 }} old films on average and practically always twenty, if it were "
        'chance; in truth a share of {{ printed(4, r"Of 400 fetched, (\\d+)% of the users have") / 100 | .7 }} of the '
        "users have their 20. So size the fetch by the low percentiles of real users, or fetch in rounds until there "
        "are enough. Better, filter inside the search: an exact scan over the allowed items if they are few; in IVF, "
        "skip the items that are not allowed while scanning and probe more lists; in a graph, walk over all nodes but "
        "keep only allowed ones. Frequent filters get an index of their own. And fall back on the most popular allowed "
        "items rather than showing nothing. And monitor the share of short pages for each filter.",
        points=(
            "filter and taste are correlated: chance would give a tenth",
            "averages mislead: look at low percentiles",
            "filter inside the search, or scan the allowed exactly",
            "fallback, and a metric for short pages",
        ),
        weak="Divides 20 by the share and fetches that many.",
        follow_ups=(
            FollowUp(
                "A filter lets 0.1 % of 10 million items pass. Which search?",
                "Exact: {{ 1e7 * .001 | 10,000 }} vectors are scanned in a millisecond or less, and nothing can go "
                "wrong. An index pays only where a filter lets much more pass.",
            ),
            FollowUp(
                "Why does a graph index get into trouble with a strict filter?",
                "Allowed nodes are far apart in the graph. If the walk uses allowed nodes only, it gets stuck; if it "
                "walks over all, it visits a great many to keep a few.",
            ),
        ),
        source="[Patel et al. 2024, *ACORN: Performant and Predicate-Agnostic Search over Vector Embeddings and "
        "Structured Data*](https://arxiv.org/abs/2403.04871)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="before, after, inside",
        topic="filtered search",
        kind="design",
        question="A shop searches 20 million products by vector, with filters: country (one of 30), in stock, price "
        "range, category. Design the filtering.",
        answer="Choose by the share that passes: strict filters first, weak ones inside the search, and never only "
        "afterwards. Country is always given and changes rarely, so make it a partition: an index for each country, at "
        "the price of storing products several times. Stock changes by the minute; keep it as a bitmap beside the "
        "index, which is updated without touching vectors, and test the bit while scanning. Category and price come in "
        "any combination, so estimate the number that passes from counts by category and a histogram of prices. Below "
        "some fifty thousand: take the ids from an ordinary database index and score them exactly; {{ 50000 * 64 * 4 / "
        "1e6 | 13 MB }} at 64 dimensions, about a millisecond. Above that, use approximate search with the bitmap, in "
        "which the number of probes or the search width grows with the inverse of the share, and which goes on until k "
        "are found or time is up. Set the threshold by measuring both ways on the same queries. Check recall for each "
        "filter separately, against an exact scan, since the mean over all queries hides that strict filters fail. "
        "Last, check stock once more when the page is put together: it can change between retrieval and display.",
        points=(
            "by selectivity: exact for few, in-search for many",
            "partition by the filter that is always there",
            "fast-changing attributes as a bitmap, not in the index",
            "estimate the share, measure recall by filter",
        ),
        weak="Uses one strategy for all filters, usually filtering afterwards, and writes the stock into the index.",
        follow_ups=(
            FollowUp(
                "Could you write the category into the vector as extra coordinates?",
                "As a soft preference, yes: it raises the score of the right category. As a hard filter no; scores "
                "trade it against similarity, and a query without a filter would be disturbed.",
            ),
            FollowUp(
                "Why not an index for each category and price band?",
                "Combinations multiply, small indexes are rebuilt all the time, and a query over several of them pays "
                "for each. Partition by what nearly every query fixes.",
            ),
        ),
        source="[Gollapudi et al. 2023, *Filtered-DiskANN*](https://doi.org/10.1145/3543507.3583552)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="six hours late",
        topic="freshness",
        kind="compute",
        question="News: interest in an article halves every 6 hours. Vectors are computed by a job that starts every 6 "
        "hours and takes 2 hours until the index is live. What share of the interest is gone before an article can be "
        "recommended?",
        answer="On average {{ 100 * (1 - (2 ** (-2 / 6) - 2 ** (-8 / 6)) / log(2)) | 43 % }}. An article waits between "
        "0 and 6 hours for the next start, evenly spread, and 2 more, so its age when it is live is uniform between 2 "
        "and 8 hours, with a mean of 5. The share of interest still to come at age $w$ is $2^{-w/6}$. Averaged over "
        "$w$ from 2 to 8 that is $\\frac{1}{6}\\int_2^8 2^{-w/6}\\,dw = (2^{-1/3} - 2^{-4/3})/\\ln 2$, {{ (2 ** (-2 / "
        "6) - 2 ** (-8 / 6)) / log(2) | .57 }}. Taking the mean age of 5 hours gives {{ 2 ** (-5 / 6) | .56 }}, nearly "
        "the same. What would help? Running the job every hour with the same 2 hours: ages run from 2 to 3 hours, and "
        "{{ 100 * (1 - 6 * (2 ** (-2 / 6) - 2 ** (-3 / 6)) / log(2)) | 25 % }} lost. By then the build is what counts. "
        "So compute the vector when the article is published, from its text, and put it into a small index beside the "
        "large one, which is searched exactly and merged. With a delay of 5 minutes {{ 100 * (1 - 2 ** (-5 / 360)) | 1 "
        "% }} is lost. It takes a model that knows an article by its features: one with ids only has nothing to say "
        "about a new one.",
        points=(
            "age uniform from 2 to 8 hours",
            "average of 2^(−w/6): 43 % lost",
            "shorter period helps until the build dominates",
            "vector at publication, small fresh index, content features",
        ),
        weak="Takes the period of 6 hours as the delay, and proposes a faster model rather than another path for new "
        "items.",
        follow_ups=(
            FollowUp(
                "Does the user's side have the same problem?",
                "Yes, and worse: what was read a minute ago says most. Compute the user's vector at the request from "
                "the latest events; the item side may be older than the user side.",
            ),
            FollowUp(
                "And the model itself, trained once a day?",
                "It matters less if items are placed by content and popularity is a separate, fresh number; weights "
                "of features change slowly. Measure: evaluate a model of age one, three and seven days on today.",
            ),
        ),
        source="[Liu et al. 2022, *Monolith: Real Time Recommendation System with Collisionless Embedding "
        "Table*](https://arxiv.org/abs/2209.07663)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="the date in the dot product",
        topic="freshness",
        kind="derive",
        question="Your two-tower softmax has learned p(film | user) over all days. What is popular changes weekly. "
        "Derive how to let recent popularity in without retraining, keeping retrieval a single dot product.",
        answer="Add the logarithm of the film's share now as one more coordinate. The softmax gives $s_{uj} = \\log "
        "p(j \\mid u) + c_u$. Write $p(j \\mid u) \\propto p(j)\\, r(u, j)$: how popular the film is, times how much "
        "more this user wants it than others do. If taste $r$ stays and popularity moves from $p$ to $p'$, then "
        "$s'_{uj} = s_{uj} + \\log p'(j) - \\log p(j)$, up to a constant for each user. The added term, call it "
        "$b_j$, depends on the film alone, so $\\tilde{\\mathbf v} = (\\mathbf v, b_j)$ and $\\tilde{\\mathbf u} = "
        "(\\mathbf u, 1)$ keep one dot product, and an index for inner products serves it. In practice one adds $w "
        "\\log p'(j)$ with a weight chosen on an earlier moment, which makes up for how much of the old popularity "
        "the model holds; and one smooths $p'$, or a film without ratings in the window gets minus infinity. With a "
        "cosine divided by $\\tau$ the scale must fit: the term is added to the logit, so it is $\\tau$ times that if "
        "plain cosines are served. It pays: popularity of the last 14 days has an NDCG of {{ printed(4, "
        'r"^popularity, last 14 days +(0\\.\\d+) +0\\.000 +0\\.000") | .375 }} in the workbook, of all days {{ '
        'printed(4, r"^popularity, all days +(0\\.\\d+) +-0\\.\\d+ +-0") | .315 }}; the towers with that one number '
        "come level with the former, and without it they are behind. This fails where trends differ by group: then "
        "popularity must be a feature inside the tower.",
        points=(
            "logit = log popularity + taste",
            "add log p′ − log p, a term of the film alone",
            "one more coordinate: (v, b), (u, 1)",
            "smooth, choose the weight on an earlier moment",
        ),
        weak="Multiplies the score by popularity, or re-ranks afterwards, when the fresh items were not retrieved at "
        "all.",
        follow_ups=(
            FollowUp(
                "Why is multiplying the dot product by popularity wrong?",
                "Scores can be negative, and they are logarithms of probabilities: probabilities multiply, so their "
                "logarithms add.",
            ),
            FollowUp(
                "What must happen in the index every hour?",
                "One coordinate of each vector changes. Exact search just takes the new column. A graph or a "
                "clustering of the old vectors fits worse and worse and has to be rebuilt, so many systems add the "
                "term when re-ranking and keep a second source for what is hot now.",
            ),
        ),
        source="[Yi et al. 2019, *Sampling-Bias-Corrected Neural Modeling*](https://doi.org/10.1145/3298689.3346996); "
        "[Steck 2011, *Item Popularity and Recommendation Accuracy*](https://doi.org/10.1145/2043932.2043957)",
        place=(4, "One moment for all"),
    ),
    Card(
        name="two halves, one version",
        topic="versions and drift",
        kind="design",
        question="The user tower runs in one service, and the item vectors lie in an index that another job builds. "
        "Design the release of a new training, so that the two halves never come from different trainings and you can "
        "go back.",
        answer="Release both towers, the item vectors and the index as one unit with one version number, and switch it "
        "in one step. It has to be that strict because turning all vectors changes no score inside a model, so each "
        "training ends with axes of its own, and across two trainings a dot product means nothing. In the workbook "
        'recall@20 with new users on old films is {{ printed(4, r"^new users, old films +(0\\.0\\d+)") / printed(4, '
        'r"^old users, old films +(0\\.\\d+)") | .1 }} of what it is with both halves old, far below popularity, and '
        "nothing crashes, as the shapes agree. So the version number is stored in the model and in the index, and the "
        "service refuses to combine different ones. Build the new index beside the old one and load the new user tower "
        "beside the old one, which needs memory for both. Then test the pair through the real service: recall of some "
        "thousand held-out pairs must be what it was offline, and the best scores must have their usual size. Send one "
        "percent of the requests to the new pair, then more. Each request gets its version at the start and keeps it, "
        "in every shard and every retry. Items that arrive in the meantime are encoded by both. The old pair stays "
        "loaded until the new one has proved itself, so rolling back is one step as well. Caches carry the version in "
        "their keys, everybody downstream who stores vectors has to know it, and a ranker that uses the retrieval "
        "score as a feature must be checked with the new pair.",
        points=(
            "one unit, one version; refuse a mismatch",
            "axes are arbitrary, and no error shows it",
            "side by side; a request keeps its version",
            "test the pair end to end with known pairs",
            "old pair kept for rollback; caches and downstream",
        ),
        weak="Deploys the two halves one after the other, each with its own health check, and both checks pass.",
        follow_ups=(
            FollowUp(
                "Would the same seed solve it?",
                "No: other data, another order of batches, or another machine end elsewhere. Warm start from the old "
                "weights keeps the axes close, but closeness has to be measured, and it wears off.",
            ),
            FollowUp(
                "Which other pairs of things must share a version?",
                "Vocabulary and table (row 17 must be the same film), feature code and model, codebooks and codes, "
                "and the ranker that takes the vectors as input.",
            ),
        ),
        source="[Sculley et al. 2015, *Hidden Technical Debt in Machine Learning "
        "Systems*](https://papers.nips.cc/paper/2015/hash/86df7dcfd896fcaf2674f757a2463eba-Abstract.html)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="turn the old onto the new",
        topic="versions and drift",
        kind="compare",
        question="Another team has stored last month's item vectors and trained a model on them; your new training has "
        "other axes. Compare: compute everything anew, align by a rotation or by any linear map, or train so that "
        "vectors stay comparable. What do you choose?",
        answer="Compute anew wherever you can, and use a rotation as the bridge until that is done. Computing vectors "
        "anew is the only exact way, and it is cheap: ten million items at ten thousand a second take {{ 10e6 / 10e3 "
        "/ 60 | 17 }} minutes. What is expensive is the model downstream, which has to be trained again. A rotation, "
        "fitted to items that both trainings know, keeps all dot products and only exchanges the axes. In the "
        'workbook new users on old films have {{ printed(4, r"^new users, old films +(0\\.0\\d+)") / printed(4, '
        'r"^old users, old films +(0\\.\\d+)") | .1 }} of the recall of a pure pair, and on turned films they lose '
        'less than {{ 5 * ceil(20 * (1 - printed(4, r"^new users, old films, turned +(0\\.\\d+)") / printed(4, r"^old '
        'users, old films +(0\\.\\d+)"))) | 5 % }} of it. That is a good case, two seeds on the same data; what '
        "really changed in a month no rotation repairs. It works backward, too: turn the new vectors to the old axes, "
        "and the other team's model reads them unchanged, new items included. Any linear map fits the common items at "
        "least as well and may change the dimension, but it bends lengths and angles and can overfit rare directions; "
        "I would use it only where a model reads the vectors as features, not for dot products. Training for "
        "comparability means a warm start, or a term that holds new vectors near the old: no map is needed, but it "
        "may cost some quality, and small shifts add up over many trainings. So I would offer vectors turned back to "
        "the old axes for some weeks, with a date on which that ends, fitted on frequent items and checked on items "
        "that were left out.",
        points=(
            "computing anew is exact; the model downstream is what costs",
            "a rotation keeps dot products, restores most of the recall",
            "a free linear map bends angles and can overfit",
            "warm start or a tying term: comparable, at a price",
            "check on items left out of the fit; set an end date",
        ),
        weak="Says only that everything must be trained again, without asking what depends on the vectors; or aligns "
        "and never checks on items that were left out.",
        follow_ups=(
            FollowUp(
                "The old vectors have 64 dimensions, the new ones 96. Can you still align them?",
                "Upward, yes: the same singular value decomposition gives a matrix with orthonormal rows, which keeps "
                "every dot product of the old vectors. On the way back, whatever lies outside of those directions is "
                "lost.",
            ),
            FollowUp(
                "Should you subtract the means before you fit the rotation?",
                "Not if scores are dot products: a shift changes them. Subtracting the mean is right when the map is "
                "drawn or compared, where only differences count.",
            ),
        ),
        source="[Shen et al. 2020, *Towards Backward-Compatible Representation "
        "Learning*](https://arxiv.org/abs/2003.11942); [Schönemann 1966, *A Generalized Solution of the Orthogonal "
        "Procrustes Problem*](https://doi.org/10.1007/BF02289451)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="alarms for drift",
        topic="versions and drift",
        kind="design",
        question="Two towers are retrained each night. Design the monitoring: what is measured, when is a deployment "
        "stopped, and what does a slow decay look like?",
        answer="Measure at three places: inputs, vectors, outcomes. Inputs: share of unknown ids and missing values "
        "for each feature, length of histories, and their distributions against last week's; many incidents are a "
        "feature that suddenly is empty. Vectors: norms, mean cosine of random pairs, overlap of each item's ten "
        "nearest neighbors with yesterday's. Overlap needs no alignment, as it does not see a rotation; comparing "
        "coordinates of two trainings would raise an alarm every night. Outcomes: recall and NDCG on the newest day "
        "with popularity beside them, coverage, recall of the index, latency; online the click rate against a small "
        "group that stays on a fixed model. The gate before deploying: a fixed set of users whose lists somebody looks "
        "at, metrics on yesterday not below the deployed model by more than noise, which means a paired interval, "
        "version numbers that agree; then a canary with a few percent of the traffic. Slow decay is what no daily gate "
        "sees: each night is within the noise of the night before, and after three months a tenth is gone. So compare "
        "with a fixed reference too, and look at the ratio to popularity: if both fall, the world has changed; if only "
        "the model does, it is yours. Few alarms, each with an owner and a first step.",
        points=(
            "inputs, vectors, outcomes",
            "neighbor overlap rather than coordinates",
            "gate with paired intervals, canary, rollback",
            "fixed reference against slow decay",
        ),
        weak="Tests the distribution of every coordinate with a p-value, which alarms daily with large samples and "
        "after each retraining.",
        follow_ups=(
            FollowUp(
                "Neighbor overlap with yesterday is .6. Is that an alarm?",
                "Compare with two seeds on the same data: if they overlap as much, it is nearly all training noise. "
                "Without that yardstick the number says nothing.",
            ),
            FollowUp(
                "What is different if you warm-start from last night's weights?",
                "Axes and neighbors are steadier, and training is shorter. But mistakes live on, and rows of dead "
                "items never go; train from scratch now and then, and compare.",
            ),
        ),
        source="[Breck et al. 2017, *The ML Test Score*](https://research.google/pubs/pub46555/)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="float32 to bits",
        topic="quantization and Matryoshka",
        kind="compute",
        question="100 million text vectors of 768 float32 numbers. How much memory do they take as float32, float16, "
        "int8, and with one bit a number? How do you serve from bits without losing the order?",
        answer="It is {{ 1e8 * 768 * 4 / 1e9 | 307 GB }} as float32, {{ 1e8 * 768 * 2 / 1e9 | 154 GB }} as float16, {{ "
        "1e8 * 768 / 1e9 | 77 GB }} as int8 and {{ 1e8 * 768 / 8 / 1e9 | 9.6 GB }} as bits: factors of 2, 4 and 32. "
        "Float16 keeps the order nearly always: its relative error is at most $2^{-11}$, {{ 1e4 * 2 ** -11 | 4.9 }} in "
        "ten thousand. Int8 needs a scale, per dimension or for all, taken from percentiles of real vectors, as with "
        "the maximum a single outlier would make the steps coarse for everybody. Steps of $\\Delta$ give each number "
        "an error of about $\\Delta/\\sqrt{12}$, and the errors of 768 products partly cancel, so little recall is "
        "lost. One bit keeps the sign only; similarity becomes the number of equal bits, one XOR and a count on {{ 768 "
        "/ 64 | 12 }} words of 64 bits. That blurs the order, so use it as the first of two steps: fetch some hundred "
        "by bits, re-rank these by int8 or float32 vectors from disk, with the query in full precision. How many to "
        "fetch is an experiment on your data: plot recall after re-ranking against the number fetched. Bits work "
        "better with many dimensions, and centered ones: where the mean is far from 0, nearly all vectors have the "
        "same sign, so subtract it first.",
        points=(
            "307, 154, 77, 9.6 GB",
            "int8: scale from percentiles, error Δ/√12",
            "bits: Hamming distance, then re-rank",
            "measure recall after re-ranking on your data; center first",
        ),
        weak="Quantizes with the minimum and maximum of one batch, or serves from bits without re-ranking.",
        follow_ups=(
            FollowUp(
                "Where does the 1/√12 come from?",
                "The rounding error is nearly uniform between −Δ/2 and Δ/2, and such a variable has the variance "
                "Δ²/12.",
            ),
            FollowUp(
                "Why may the query stay in float32?",
                "There is one of it, so it costs no memory; its products with int8 or bits are weighted sums. The "
                "error then comes from one side only.",
            ),
        ),
        source="[Shakir, Aarsen & Lee 2024, *Binary and Scalar Embedding "
        "Quantization*](https://huggingface.co/blog/embedding-quantization)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="nested dimensions",
        topic="quantization and Matryoshka",
        kind="explain",
        question="What is Matryoshka representation learning? Why can you not just keep the first 64 of the 768 "
        "dimensions of any embedding?",
        answer="It trains a vector so that its prefixes are good vectors, too. In an ordinary model nothing orders the "
        "dimensions: any rotation of the space gives the same scores, so the first 64 numbers have no reason to hold "
        "more than any others. Matryoshka adds up the same loss on several prefixes, of lengths $64, 128, 256, 512, "
        "768$ say, each normalized anew: $\\mathcal L = \\sum_m c_m\\, \\mathcal L(\\mathbf u_{:m}, \\mathbf v_{:m})$. "
        "So the most useful directions move to the front. At serving time you choose: 64 numbers take {{ 100 * 64 / "
        "768 | 8 % }} of the memory and of the scan. Typical use is in two steps: find a thousand by the prefix, "
        "re-rank them by the whole vector. For 10 million vectors the first step reads {{ 1e7 * 64 * 4 / 1e9 | 2.6 GB "
        "}} instead of {{ 1e7 * 768 * 4 / 1e9 | 31 GB }}; the second reads {{ 1000 * 768 * 4 / 1e6 | 3 MB }}. Remember "
        "to normalize after cutting, else cosines are wrong. Without such training PCA does something similar: it "
        "rotates the variance to the front. It is fitted afterwards, linear, and cares for variance instead of the "
        "loss. And if you rotate a Matryoshka vector, as OPQ does, its order is lost.",
        points=(
            "loss summed over prefixes",
            "ordinary dimensions have no order: rotation",
            "two-step search: prefix, then whole vector",
            "normalize after cutting; PCA as the rival",
        ),
        weak="Thinks that early dimensions are more important in any model, or forgets to normalize.",
        follow_ups=(
            FollowUp(
                "What does it cost in training?",
                "Little: the network runs once, only the loss is computed for each prefix. The full vector may be a "
                "bit worse than one trained alone, as the first dimensions serve several masters; measure it.",
            ),
            FollowUp(
                "64 float32 dimensions or 768 bits: which one do you take?",
                "The first take {{ 64 * 4 | 256 }} bytes, the bits only {{ 768 / 8 | 96 }}, as much as {{ 96 / 4 | 24 "
                "}} float32 dimensions. Which holds more depends on the model, so measure recall after re-ranking at "
                "equal bytes; the two combine, cut first and quantize then.",
            ),
        ),
        source="[Kusupati et al. 2022, *Matryoshka Representation Learning*](https://arxiv.org/abs/2205.13147)",
        place=(2, "What the axes mean: nothing"),
    ),
    Card(
        name="tail of a fan-out",
        topic="latency, cache, sharding",
        kind="compute",
        question="A query asks 20 shards in parallel and waits for all. Each answers within 20 ms in 99 % of the "
        "cases. What share of the queries takes longer, and what do you do about it?",
        answer="{{ 100 * (1 - .99 ** 20) | 18 % }} of the queries, if the shards are independent: all twenty are fast "
        "with probability $0.99^{20}$, {{ .99 ** 20 | .82 }}. So what is one in a hundred for a shard is nearly one in "
        "five for the user. For 99 % of the queries to stay below 20 ms each shard must do so in {{ 100 * .99 ** (1 / "
        "20) | 99.95 % }} of the cases: it is the shard's 1-in-2,000 latency that counts. What helps, in order: first, "
        "do not wait for all. After 20 ms, merge what has come; if one of twenty shards is late, and items are spread "
        "at random, a twentieth of the candidates is missing, on average {{ 100 / 20 | 5 % }} of the recall for this "
        "query, which hardly anybody notices. Second, hedge: each shard has two copies; if one has not answered by the "
        "95th percentile of the latency, ask the other, and take the first answer. That costs {{ 100 * .05 | 5 % }} "
        "more requests; if delays are independent, the chance that both are slow is tiny. Third, fewer and larger "
        "shards: compress the vectors rather than spread them. Fourth, remove the causes: pauses of the garbage "
        "collector, rebuilding in the same process, cold pages after loading, a shard with hot items. If delays come "
        "together, from a network that is full, neither of the first two helps.",
        points=(
            "1 − .99²⁰ = 18 %",
            "each shard needs 99.95 %",
            "partial answers, hedged requests, fewer shards",
            "assumes independence",
        ),
        weak="Says that the slowest shard decides, with no number, or averages latencies.",
        follow_ups=(
            FollowUp(
                "Why not hedge at once, sending each request twice?",
                "It doubles the load, which lengthens the queues that cause the tail. After the 95th percentile only "
                "one request in twenty is repeated.",
            ),
            FollowUp(
                "Mean latency is 8 ms, yet users complain. Which number do you ask for?",
                "The 99th percentile at the client, per request and per page: a page of ten calls has ten chances to "
                "meet the slow tail.",
            ),
        ),
        source="[Dean & Barroso 2013, *The Tail at Scale*](https://doi.org/10.1145/2408776.2408794)",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="how many from each shard",
        topic="latency, cache, sharding",
        kind="design",
        question="500 million item vectors do not fit on one machine. Shard by random hash or by cluster? The ranker "
        "wants the 500 best: how many do you ask of each of 20 shards?",
        answer="By random hash, as a rule, and some 50 from each. With random shards every query goes to all; each "
        "holds a twentieth, so load is even, and any shard that is lost costs a twentieth of the recall, evenly over "
        "users. Of the 500 best a shard holds a binomial number with a mean of {{ 500 / 20 | 25 }} and a deviation of "
        "{{ sqrt(500 * .05 * .95) | 4.9 }}. To be exact you would ask 500 of each and send {{ 500 * 20 | 10,000 }}; "
        "but with 50 each the chance that any shard holds more is about {{ 1e5 * 20 * sum(comb(500, i) * .05 ** i * "
        ".95 ** (500 - i) for i in range(51, 150)) | 3 }} in a hundred thousand, so you send {{ 50 * 20 | 1,000 }}. By "
        "cluster, a query needs only the few shards near it, which saves work: total cost falls, capacity grows. But "
        "the load is uneven, as popular tastes meet in one shard, which has to be copied; the 500 best may all lie in "
        "one shard, so each one asked must return up to 500; new items unbalance it; and a lost shard takes a whole "
        "taste away. I would take it only if the cost of asking everybody is the problem, for billions. Then copies: "
        "two of each for failures and hedging. Rebuild shard by shard, each with its version checked by the merger.",
        points=(
            "random: even load, graceful loss, all shards asked",
            "about 25 ± 5 of the best in each: ask 50",
            "cluster: fewer shards per query, but hot spots and skew",
            "copies, versions at the merger",
        ),
        weak="Asks 500/20 = 25 from each, which practically always loses a part of the best, or 500 from each without "
        "thinking.",
        follow_ups=(
            FollowUp(
                "With 25 from each: how much is lost?",
                "Whatever a shard has above 25: on average about {{ 100 * sum((i - 25) * comb(500, i) * .05 ** i * "
                ".95 ** (500 - i) for i in range(26, 150)) * 20 / 500 | 8 % }} of the 500 best.",
            ),
            FollowUp(
                "Are scores of different shards comparable?",
                "Dot products of the same model are. Not if a shard runs another version, or returns distances by its "
                "own codes: re-rank with exact scores before merging.",
            ),
        ),
        source="[Douze et al. 2024, *The Faiss Library*](https://arxiv.org/abs/2401.08281)",
        place=(4, "9. Serving: exact or approximate?"),
    ),
    Card(
        name="what a cache gives",
        topic="latency, cache, sharding",
        kind="compute",
        question="Fetching an item's features takes 8 ms from the store and 1 ms from a cache. You cache the most "
        "popular tenth of the catalog; accesses fall as ratings do in MovieLens. What is the mean latency, what "
        "happens to the 99th percentile, and what should one not cache?",
        answer="The most popular tenth of the films has {{ 100 * (lambda c: c[: len(c) // 10].sum() / "
        "c.sum())(films.ratings.film.value_counts().to_numpy()) | 43 % }} of the accesses, so the mean is {{ (lambda "
        "c: 8 - 7 * c[: len(c) // 10].sum() / c.sum())(films.ratings.film.value_counts().to_numpy()) | 5.0 ms }} "
        "instead of 8. Half of the catalog would have {{ 100 * (lambda c: c[: len(c) // 2].sum() / "
        "c.sum())(films.ratings.film.value_counts().to_numpy()) | 93 % }} and a mean of {{ (lambda c: 8 - 7 * c[: "
        "len(c) // 2].sum() / c.sum())(films.ratings.film.value_counts().to_numpy()) | 1.5 ms }}. The 99th percentile "
        "does not move in either case: as long as more than one in a hundred misses, it is the store's latency. Worse, "
        "a request fetches features of several hundred candidates and waits for all, so practically every request has "
        "a miss: batch them into one call, and the cache saves load on the store rather than time. Cache item vectors "
        "and features, which change slowly; the popular list as a fallback; computed pages for anonymous users. Do not "
        "cache the user's vector, or only for seconds: if it is kept for an hour, the user clicks and nothing changes. "
        "Key caches by the model's version, else a deployment mixes two of them. And a cache that expires all at once "
        "sends the whole load to the store, so spread the times of expiry.",
        points=(
            "hit rate from the popularity curve, mean = 8 − 7 h",
            "p99 unchanged while misses exceed 1 %",
            "hundreds of candidates: some miss nearly always",
            "not the user vector; version in the key",
        ),
        weak="Reports the better mean and promises users a faster page.",
        follow_ups=(
            FollowUp(
                "A request has 300 candidates; each is a hit with 93 %, independently. How likely is it that all are "
                "hits?",
                "It is $0.93^{300}$, {{ 1e10 * .93 ** 300 | 4 }} in ten billion. Keep all features in memory, or "
                "accept one batched call to the store.",
            ),
            FollowUp(
                "After each deployment latency is bad for ten minutes. Why?",
                "The cache is cold, since the version is in the key, or the new processes start empty. Warm it by "
                "replaying popular items before taking traffic, and move traffic over gradually.",
            ),
        ),
        source="[Dean & Barroso 2013, *The Tail at Scale*](https://doi.org/10.1145/2408776.2408794)",
        place=(4, "1. From (book, link) to (user, film)"),
    ),
    Card(
        name="showings for a new item",
        topic="exploration",
        kind="compute",
        question="A new item has a click rate of about 2 %. How many showings do you need to know it to within a "
        "tenth of itself (one standard error)? 5,000 new items come a day, the site has 500 million showings a day. "
        "What share goes to exploration, and how do you spend less?",
        answer="About {{ .98 / (.02 * .1 ** 2) | 4,900 }} showings. The standard error of a rate is "
        "$\\sqrt{p(1-p)/n}$; set it to a tenth of $p$ and solve: $n = (1-p)/(0.01\\,p)$. For 5,000 items that is {{ "
        "5000 * 4900 / 1e6 | 24.5 million }} a day, {{ 100 * 5000 * 4900 / 500e6 | 4.9 % }} of the traffic: "
        "affordable, not free. Each of these showings costs the difference to what would have been shown instead. To "
        "spend less, do not learn each item from zero: the content tower gives a prior. If it is worth a thousand "
        "showings, you need {{ 4900 - 1000 | 3,900 }} more. Do not learn bad items as precisely as good ones: what "
        "matters is whether an item belongs to the best, and a rate of half the average shows itself early; Thompson "
        "sampling does just that, giving up an item as soon as it probably is not among the best. With five hundred "
        "showings the standard error is {{ 100 * sqrt(.02 * .98 / 500) | .6 }} points: just enough to tell the item "
        "from one that is twice as good. Show new items to the users for whom the tower predicts them, so the estimate "
        "is for those who will get them later; and remember that it is then their rate, not everybody's. Use faster "
        "signals too, dwell time for example.",
        points=(
            "n = (1 − p)/(.01 p) = 4,900",
            "4.9 % of the showings",
            "prior from content; stop early on bad items",
            "the rate holds for the users it was shown to",
        ),
        weak="Shows each new item a fixed number of times, or says ten percent exploration with no calculation.",
        follow_ups=(
            FollowUp(
                "The click rate is .2 % instead. What changes?",
                "Ten times as many showings, about {{ .998 / (.002 * .01) | 49,900 }} each: half of the traffic. Then "
                "explore groups, an author or a topic, rather than single items, or use a signal that is less rare.",
            ),
            FollowUp(
                "Whose showings should be used for exploring?",
                "Spread over many users, one slot of a page, not the first; heavy users bear a bad item more easily "
                "than somebody on a first visit.",
            ),
        ),
        source="[Li et al. 2010, *A Contextual-Bandit Approach to Personalized News Article "
        "Recommendation*](https://arxiv.org/abs/1003.0146)",
        place=(4, "8. Cold start: films that nobody has seen"),
    ),
    Card(
        name="greedy, epsilon, Thompson",
        topic="exploration",
        kind="compare",
        question="Compare epsilon-greedy, upper confidence bounds and Thompson sampling for a slot of new items. "
        "Which one would you deploy? What do you believe of an item with 3 clicks in 100 showings?",
        answer="Thompson sampling, if the posterior is at hand; epsilon-greedy as the first step, since its log is the "
        "most useful. Epsilon-greedy shows a random item with probability ε and the best guess otherwise. It is "
        "simple, and the probabilities are known, so the log serves for unbiased evaluation; but it explores hopeless "
        "items as often as promising ones, and never stops. An upper confidence bound shows the item whose estimate "
        "plus a few standard errors is highest: so it explores where it is uncertain. But it is deterministic: between "
        "two updates everybody gets the same new item, feedback that comes hours late makes it repeat itself, and the "
        "log has no propensities to weigh by. Thompson sampling draws a value from each item's posterior and shows the "
        "highest draw: an item is shown as often as it is believed to be the best. Late feedback does little harm, as "
        "draws differ; and the probabilities can be estimated by drawing repeatedly. For clicks the posterior is a "
        "Beta: after 3 clicks in 100 showings with a flat prior its mean is {{ 4 / 102 | .039 }} with a deviation of "
        "{{ sqrt(4 * 98 / (102 ** 2 * 103)) | .019 }}. In large models the posterior comes from the last layer, from "
        "dropout, or from several models. Tastes move, so forget: weigh old data less, or an item once given up is "
        "never tried again.",
        points=(
            "ε: undirected, but known propensities",
            "UCB: directed, deterministic, suffers from delay",
            "Thompson: probability matching, robust to delay",
            "log probabilities; forget old data",
        ),
        weak="Recites regret bounds and says nothing of delayed feedback, batches or the log.",
        follow_ups=(
            FollowUp(
                "Why not simply show the item with the best mean?",
                "An item that was unlucky in its first showings is never shown again, so its estimate is never "
                "corrected, while a lucky one is corrected at once. Greedy remembers bad luck.",
            ),
            FollowUp(
                "Three of 100 clicked: how did you get the mean?",
                "The prior Beta(1, 1) and the data give Beta(4, 98), whose mean is $4/102$. With a better prior, such "
                "as Beta(2, 98), a few showings move it less.",
            ),
        ),
        source="[Chapelle & Li 2011, *An Empirical Evaluation of Thompson "
        "Sampling*](https://papers.nips.cc/paper/2011/hash/e53a0a2978c28872a4505bdb51db06dc-Abstract.html)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="two equal items",
        topic="feedback loops",
        kind="derive",
        question="Two items are equally good. Each time, one is shown with a probability in proportion to its past "
        "clicks, starting from one each, and it is clicked. After many rounds, how are the clicks divided? What does "
        "it say about training on your own logs?",
        answer="Any division is equally likely: the share of the first item tends to a random number, uniform between "
        "0 and 1. It is Pólya's urn. The probability of a given order with $a$ clicks for the first and $b$ for the "
        "second, $n = a + b$, is $\\frac{a!\\,b!}{(n+1)!}$: the numerators run through $1 \\ldots a$ and $1 \\ldots b$ "
        "in any order, the denominators are $2, 3, \\ldots, n + 1$. There are $\\binom{n}{a}$ such orders, so each $a$ "
        "has the probability $1/(n+1)$. So with a probability of {{ 100 * (.1 + .1) | 20 % }} one of the two has more "
        "than nine tenths, although they are equal, and the division then stays: early chance is frozen. A recommender "
        "that ranks by past clicks and learns from the clicks on its own lists is such an urn, and a harsher one: "
        "always showing the leader, instead of in proportion, locks in sooner. So clicks measure exposure as well as "
        "worth. Clicks per *showing* remove the bias for items that are shown, if the place is accounted for. Beyond "
        "that, randomize a small share, so that every item keeps a chance to correct its estimate, log the "
        "probabilities, and weigh by them in training. The urn leaves out that real items differ, that tastes change, "
        "and that people find things in other ways.",
        points=(
            "probability a! b!/(n + 1)!, times the number of orders",
            "uniform: 1/(n + 1) for each division",
            "early chance is frozen by the loop",
            "rates per showing, randomization, propensities",
        ),
        weak="Expects the law of large numbers to bring one half.",
        follow_ups=(
            FollowUp(
                "Why does the law of large numbers not help?",
                "The draws are not independent: the probability of the next one depends on the past. The share "
                "converges, but to a random limit.",
            ),
            FollowUp(
                "And if each item starts with ten clicks instead of one?",
                "Then the limit is $\\text{Beta}(10, 10)$, around a half with a deviation of {{ sqrt(100 / (20 ** 2 * "
                "21)) | .11 }}: a prior damps the loop.",
            ),
        ),
        source="[Chaney, Stewart & Engelhardt 2018, *How Algorithmic Confounding in Recommendation Systems Increases "
        "Homogeneity and Decreases Utility*](https://arxiv.org/abs/1710.11214)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="click rate flat, catalog shrinking",
        topic="feedback loops",
        kind="debug",
        question="Over six months the click rate is flat, but the items shown at least once a day fell from 40 % of "
        "the catalog to 15 %, and new suppliers complain. The model is retrained nightly on clicks. What is going on, "
        "and how do you show it and stop it?",
        answer="A feedback loop: the model shows what it knows, is trained on clicks on what it showed, and knows ever "
        "less of the rest. Unshown items look like items that nobody wants. The click rate does not fall, since users "
        "choose among what they see, and the evaluation does not notice, since its test set comes from the same lists. "
        "To show it, plot coverage and the concentration of showings over time; run the model of six months ago and "
        "today's on the same users and compare; and look at a random share, if there is one. Best is a holdout: a "
        "percent of the users whose lists come from a model trained without the loop, or are partly random; if they "
        "click items outside the usual ones as often as those inside, tastes have not narrowed, only the system has. "
        "To stop it, explore in a slot with logged probabilities; negatives drawn from the catalog beside those shown "
        "and not clicked; weights by inverse propensity, clipped; content features, so that unshown items get a "
        "meaningful score; a minimum of showings for each item. Then evaluate on the random share: one percent of a "
        "site with half a billion showings a day is {{ 500e6 * .01 / 1e6 | 5 million }}, and it is the only data that "
        "no model has chosen.",
        points=(
            "trained on its own choices: unshown looks unwanted",
            "click rate and logged tests are blind to it",
            "holdout with randomized lists shows it",
            "exploration, propensities, catalog negatives, content",
        ),
        weak="Adds a diversity term to the page and leaves training and evaluation inside the loop.",
        follow_ups=(
            FollowUp(
                "Management refuses random lists. What is the mildest form?",
                "Randomize among near-equals: shuffle the items ranked 15 to 30 a little, with logged probabilities. "
                "It costs hardly anything, and gives propensities above zero for what was near the page.",
            ),
            FollowUp(
                "How do you know that it is not simply that tastes concentrate?",
                "By what users choose outside the recommender, in search or by links: if that has not narrowed, "
                "tastes have not.",
            ),
        ),
        source="[Schnabel et al. 2016, *Recommendations as Treatments*](https://arxiv.org/abs/1602.05352)",
        place=(4, "11. From notebook to production"),
    ),
]
