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
        "blocked or not licensed in the country, best inside the sources, else a source may come back empty. The "
        "ranker is one network on user, item and context together, of several objectives: click, watch time, "
        "satisfaction. It costs the most: five hundred candidates for each request are {{ 500 * 5000 / 1e6 | 2.5 "
        "million }} evaluations a second, so it runs in batches of one request, with item features fetched in one "
        "call, in 40 ms. Re-ranking looks at the page as a whole: variety, freshness, slots for exploration. Leave "
        "the rest of the time for the network and for the tail. Every stage needs a fallback, in the end a cached "
        "popular list. And log the candidates of each stage: you cannot improve retrieval if you see only what "
        "survived the ranker.",
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
                "They miss different things: towers are weak on items of this hour and on sudden interests. Sources "
                "also keep the system alive when one fails, and each is measured by what only it has found.",
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
        "drops 5 % of these, and the ranker puts 40 % of what reaches it onto the page of 10. Recall of the page? "
        "Where would you work?",
        answer="The page holds {{ 100 * .7 * .95 * .4 | 27 % }} of them: the shares multiply. What a stage drops no "
        "later one brings back, so the recall of retrieval is a ceiling: a perfect ranker on these candidates would "
        "reach {{ 100 * .7 * .95 | 66.5 % }}, if the page had room. A perfect retriever with the same ranker would "
        "give {{ 100 * .95 * .4 | 38 % }} at best, and only if the ranker kept its 40 %, which is unlikely: better "
        "candidates are harder to tell apart. So the ranker has the larger gap here. Relative gains are equal for all "
        "stages: ten percent more at any one of them is ten percent more on the page. Ask then where ten percent are "
        "cheapest. The filter's 5 % is a bug, found in a day. Doubling the candidates to a thousand costs twice the "
        "ranker's time and may bring retrieval from 70 to 80. Last, the factors are averages: measure them for new "
        "users and for tail items apart, where retrieval often is the narrow place, and measure on what users chose "
        "by other ways too, by search for instance, else retrieval judges itself.",
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
        answer="Most likely the ranker meets candidates that it was not trained on. It learned from items that the "
        "old retriever let through and the page showed; the new one brings others, on which its scores are "
        "extrapolations, and with many candidates it takes the highest errors among them: the maximum of noisy scores "
        "seeks out the mistakes. It fits that hard candidates are now more, similar to the good ones without being "
        "good. Check it so: share of the page that only the new retriever found, and the click rate of those items "
        "against their predicted one. If the prediction is far too high there, that is it. The fix is to retrain the "
        "ranker on candidates of the new retriever, with random candidates as negatives beside those shown, and to "
        "switch both together or let the new source grow from a twentieth of the candidates. Other suspects in order: "
        "a feature of the ranker that comes from the retriever, such as its score or rank, and now has another scale; "
        "new candidates displacing other sources, so that recall@500 rose and variety fell; time: more candidates, "
        "more timeouts, more fallbacks; and the offline recall itself, measured on logs.",
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
        question="One million vectors of 64 float32 numbers; a core reads 10 GB a second and computes 20 billion "
        "multiply-adds. What does one exact query take, and a thousand at once? When do you need an index?",
        answer="One query takes about {{ 1e6 * 64 * 4 / 10e9 * 1000 | 26 ms }}, and is bounded by memory. The table "
        "is {{ 1e6 * 64 * 4 / 1e6 | 256 MB }}, and each query must read all of it; the {{ 1e6 * 64 / 1e6 | 64 million "
        "}} multiply-adds take {{ 1e6 * 64 / 20e9 * 1000 | 3.2 ms }} and hide behind the reading. A thousand queries "
        "at once are a matrix product: a block of the table is read once and used by all, so arithmetic bounds it, "
        "and a query costs {{ 1e6 * 64 / 20e9 * 1000 | 3.2 ms }} of the core, eight times less. Then the top k, cheap "
        "if you keep a heap or partition, and not cheap if you sort a million scores. So with a budget of 50 ms and "
        "one request now and then, exact search is fine at a million, and surely among the {{ len(films.films) | "
        "1,682 }} films of the workbook. It is always right, has no settings, and nothing to rebuild. What needs an "
        "index is the rate: at a thousand requests a second exact search takes {{ 1e6 * 64 / 20e9 * 1000 | 3.2 }} "
        "cores even in perfect batches, and {{ 1e6 * 64 * 4 / 10e9 * 1000 | 26 }} one at a time; at a hundred million "
        "items a hundred times that. Half precision halves the reading, and a GPU moves the border far up.",
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
        "model's recall? An index returns 7, 1 and -1 for the true neighbors 4, 1 and 7: its recall?",
        answer="The share of the exact neighbors that the index returns, whatever their place: here 1 and 7 of three, "
        "{{ 2 / 3 | .67 }}. The -1 means that it found no more; divide by the true ones all the same, not by what "
        "came back, else an index that returns one sure neighbor and nothing else looks perfect. Measure it query by "
        "query on real queries, user vectors and not item vectors, as those of two towers are distributed otherwise; "
        "compute the exact answer for a sample of some thousand, and average. Do not throw all queries together, and "
        "do not ask for the same place: order does not matter, since what was found can be scored exactly. It is "
        "another number than the model's recall: that asks whether the user's next items are among the nearest at "
        "all. The two do not simply multiply: an index misses the end of the list more often than its top. In our "
        "test with IVF at a mean recall of nine tenths the ten nearest were found far more often than those at rank "
        "fifty to a hundred. So a drop of the index by a twentieth costs the model usually less than that, but "
        "measure it. Look at the worst queries too: the same mean can be a small loss for everybody, or an empty page "
        "for one user in twenty. And repeat it after the vectors have changed; an index tuned for last month's model "
        "has another recall today.",
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
        "vectors of different lengths. Derive a transformation that makes the orders equal.",
        answer="Add one coordinate to the items that brings all to the same length. From $\\lVert \\mathbf u - "
        "\\mathbf v\\rVert^2 = \\lVert\\mathbf u\\rVert^2 + \\lVert\\mathbf v\\rVert^2 - 2\\,\\mathbf u\\cdot\\mathbf "
        "v$ you see that for a given query the two orders differ only by $\\lVert\\mathbf v\\rVert^2$. With $M = "
        "\\max_j \\lVert\\mathbf v_j\\rVert$ let $\\tilde{\\mathbf v} = (\\mathbf v, \\sqrt{M^2 - \\lVert\\mathbf "
        "v\\rVert^2})$ and $\\tilde{\\mathbf u} = (\\mathbf u, 0)$. Now every item has length $M$, the dot product is "
        "unchanged, as the new coordinate meets a zero, and $\\lVert\\tilde{\\mathbf u} - \\tilde{\\mathbf "
        "v}\\rVert^2 = \\lVert\\mathbf u\\rVert^2 + M^2 - 2\\,\\mathbf u\\cdot\\mathbf v$: the nearest is the one "
        "with the largest dot product. If all vectors have length 1, no trick is needed: distance, dot product and "
        "cosine give the same order. Two caveats. The queries lie in a hyperplane in which only the longest items "
        "lie, so data and queries are distributed differently, and an index may need more effort for the same recall. "
        "And a new item that is longer than $M$ breaks it; keep some room above. Most libraries now offer the inner "
        "product directly; know then that it is no metric: an item need not be its own nearest neighbor.",
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
        answer="It is a graph of neighbors in layers, in which a query walks greedily toward its nearest vectors. "
        "Each vector is a node of the bottom layer, linked to up to $2M$ others there and $M$ above; a node reaches "
        "layer $l$ or higher with a probability of about $M^{-l}$, so each layer has a fraction of the nodes of the "
        "one below. A query starts at the top, where links are long, moves to whichever neighbor is nearer until none "
        "is, and goes down a layer. At the bottom it keeps a list of the efSearch best candidates, expands the "
        "nearest not yet expanded, and stops when it is farther than the worst of a full list. So efSearch is the "
        "width of the search: more of it, more recall and more time; it must be at least k. M sets memory and how "
        "well connected the graph is; efConstruction is the same width while inserting, so better links for a slower "
        "build. Links are chosen to be diverse: a candidate is dropped if it is nearer to a chosen neighbor than to "
        "the node, which keeps bridges between clusters. The time grows slowly, in practice about with the logarithm "
        "of the number, and the price is memory: the vectors plus {{ 2 * 32 * 4 | 256 }} bytes of links each at an M "
        "of 32.",
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
        "links, some {{ 32 * 4 / 31 | 4 }} bytes; then the item's own number, 8 bytes in many libraries. It does not "
        "fit. Look at what is large: the numbers are two thirds. As float16 they are half, {{ 1e8 * (2 * 128 + 256) / "
        "1e9 | 51 GB }}, with hardly any loss of order; as int8 a quarter, {{ 1e8 * (128 + 256) / 1e9 | 38 GB }}, and "
        "now the links are the larger part. Halving M saves {{ 1e8 * 128 / 1e9 | 13 GB }}, and recall has to be "
        "bought back by a larger efSearch. A smaller dimension helps if the model allows it. Beyond that, change the "
        "structure: IVF with product quantization needs some {{ 16 + 8 | 24 }} bytes for each vector instead, or a "
        "graph on disk. Or shards: two machines with half each. Leave room: while the new index is built the old one "
        "serves, so one machine that does both needs twice the sum.",
        points=(
            "N (4 d + 8 M) bytes: 77 GB",
            "float16 or int8 numbers shrink the larger part",
            "links then dominate: lower M",
            "IVF-PQ, disk or shards; room for the rebuild",
        ),
        weak="Counts the vectors alone, {{ 1e8 * 128 * 4 / 1e9 | 51 GB }}, and is surprised by the links.",
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
        "it, but must not return it. If dead nodes count toward the search width, fewer living candidates are kept "
        "and recall falls; if they do not, as in hnswlib, the walk goes on until it has enough living ones, and "
        "latency rises. Where nodes are really cut out, their neighbors lose links, and regions come loose: some "
        "items cannot be reached from the entry at all. Updates count double: an item whose vector changed is usually "
        "a deletion and an insertion. Check: the share of dead nodes; recall of items by age; for a sample of items "
        "whether a query with their own vector finds them. Do: rebuild regularly, every night or when the dead reach "
        "a fifth, say, into a second index, test its recall, then swap; let new items of the day live in a small "
        "index of their own, searched exactly and merged. Reusing the slots of deleted nodes keeps the memory "
        "bounded. Raising efSearch hides the trouble at the cost of latency, which was rising already.",
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
        "grows with the root of N. But p fixed is the wrong thing to fix: what you want is a recall. With more lists "
        "each covers less, so the same recall needs more probes, and the neighbors that lie across a border are "
        "missed. So choose L near some multiple of the root of N, plot recall against time for growing p, and take "
        "the cheapest point above your recall. Lists are not equal either: the expected cost is about $p \\sum_l "
        "n_l^2 / N$, if queries fall as the vectors do, which is more than $pN/L$ for unequal lists. Last, the "
        "centers must be trained, on some dozens of vectors a list at least, and the comparison with L centers can "
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
                "L lists of sizes 900 and 100: expected work with one probe, if queries fall as the vectors do?",
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
        "1e9 | 24.0 GB }}. Four parts. The codes stand in place of the vectors: each piece is the number of one of "
        "$256$ centers, a byte, so {{ 1e9 * 16 / 1e9 | 16 GB }}. The vectors' own numbers, 8 bytes each, since a list "
        "must know whom it holds: {{ 1e9 * 8 / 1e9 | 8 GB }}, half of the codes' size and often forgotten. The "
        "centers of the lists, in float32: {{ 4 * 65536 * 64 / 1e6 | 16.8 MB }}. And the codebooks: 16 pieces with "
        "$256$ centers of 4 dimensions each, which together are $256 \\cdot 64$ numbers whatever the number of "
        "pieces: {{ 4 * 256 * 64 / 1e3 | 65.5 kB }}. So what counts is $N(\\text{parts} + 8)$, and the rest is noise. "
        "Check the units: bytes, not bits; a code of $256$ values is 8 bits, one byte. The codes alone would save a "
        "factor of 16; with the vectors' numbers it is {{ 256 / 24.0168 | 10.7 }}, and with 4 bytes for each number, "
        "enough for four billion, {{ 256 / (16 + 4) | 12.8 }}. The full vectors, if you keep them for re-ranking, go "
        "to disk: add their size there, and the time to fetch a few hundred.",
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
        answer="By a table of partial products for each query. Cut the query into 16 pieces of 4 numbers; multiply "
        "each piece with the $256$ centers of its codebook: {{ 16 * 256 | 4,096 }} numbers, computed once with {{ 256 "
        "* 64 | 16,384 }} multiply-adds. The approximate product with any stored vector is then the sum of 16 "
        "entries, looked up by the bytes of its code: 16 additions instead of 64 multiply-adds, and 16 bytes read "
        "instead of {{ 64 * 4 | 256 }}. As scanning is bound by memory, the bytes are the gain. The query itself is "
        "not quantized; that is what *asymmetric* means, and it about halves the squared error. What is lost is the "
        "difference of a vector from its centers. The error matters where neighbors are close together: in the "
        'workbook, with 8 bytes a vector, a sixteenth of float32, about {{ printed(4, r"of the 10 nearest, (\\d+)% '
        'are among its first 10\\.") / 100 | .6 }} of the ten nearest are among the first ten by codes, but nearly '
        "all among the first hundred. So fetch some ten times as many, and re-rank by exact vectors from disk. With "
        "IVF one codes the residual to the list's center, which is smaller, so the same bytes say more. A learned "
        "rotation before the cut (OPQ) balances the pieces.",
        points=(
            "table of 16 × 256 partial products per query",
            "16 lookups and additions, 16 bytes a vector",
            "asymmetric: query not quantized",
            "fetch more and re-rank; residuals, OPQ",
        ),
        weak="Decodes the vectors before multiplying, or thinks that the order survives without re-ranking.",
        follow_ups=(
            FollowUp(
                "For how many vectors does the table pay?",
                "The table costs {{ 256 * 64 | 16,384 }} multiply-adds, as much as {{ 256 * 64 / 64 | 256 }} exact "
                "products; a scan of a few thousand codes repays it.",
            ),
            FollowUp(
                "Why does a rotation before the cut help?",
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
        question="Compare HNSW with IVF-PQ for a catalog of 50 million items of 128 numbers, of which a tenth is "
        "replaced each day. 16 GB of memory.",
        answer="IVF-PQ, because of memory and of the replacements. HNSW keeps full vectors and links: {{ 5e7 * (4 * "
        "128 + 8 * 32) / 1e9 | 38 GB }} in float32 with M at $32$, and even with int8 numbers {{ 5e7 * (128 + 8 * 32) "
        "/ 1e9 | 19 GB }}: too much. IVF-PQ with codes of $32$ bytes needs {{ 5e7 * (32 + 8) / 1e9 | 2 GB }}, and "
        "leaves room for a second index while the new one is built. Replacing: five million deletions a day leave an "
        "HNSW graph full of dead nodes, and inserting means a search with efConstruction each; in IVF deleting "
        "removes an entry, inserting finds the nearest center and appends a code, and building anew is fast once the "
        "centers are trained. On the other side: at a high recall HNSW is usually the fastest for single queries in "
        "memory, and needs no training data. IVF-PQ alone does not get there, as the codes blur the order: it must "
        "fetch several hundred and re-rank them by exact vectors, from a fast disk for instance. Centers age as well: "
        "when the distribution moves, lists become unequal, so train anew with each model. With four times the memory "
        "and a stable catalog, I would take HNSW. In any case measure both at the recall that you need, on your "
        "queries.",
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
        answer="Because the filter is not independent of the query. If old films were spread evenly over all lists, "
        "the share of users with none among 20 would be {{ (1 - (films.films.year < 1970).mean()) ** 20 | .1 }}; "
        'measured it is {{ printed(4, r"(\\d+)% of the users see an empty page") / 100 | .6 }}. People who like new '
        "films get new films: the neighborhood of a user is nearly all on one side, and for a few it is all old. For "
        "the same reason fetching more does not do what the average promises. 400 would hold {{ 400 * "
        "(films.films.year < 1970).mean() | 43 }} old films on average and practically always twenty, if it were "
        'chance; in truth a share of {{ printed(4, r"Of 400 fetched, (\\d+)% of the users have") / 100 | .7 }} of the '
        "users have their 20. So size the fetch by the low percentiles of real users, or fetch in rounds until there "
        "are enough. Better, filter inside the search: an exact scan over the allowed items if they are few; in IVF, "
        "skip the items that are not allowed while scanning and probe more lists; in a graph, walk over all nodes but "
        "keep only allowed ones. Frequent filters get an index of their own. And fall back on the most popular "
        "allowed items rather than showing nothing. Watch the share of short pages as a metric, by filter.",
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
                "wrong. Index structures are for weak filters.",
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
        "afterwards. Country always is given and changes rarely, so make it a partition: an index for each country, "
        "or lists keyed by it, at the price of storing products several times. Stock changes by the minute; keep it "
        "as a bitmap beside the index, which is updated without touching vectors, and test the bit while scanning. "
        "Category and price come in any combination, so estimate the number that passes from counts by category and a "
        "histogram of prices. Below some fifty thousand: take the ids from an ordinary index and score them exactly; "
        "{{ 50000 * 64 * 4 / 1e6 | 13 MB }} at 64 dimensions, about a millisecond. Above: approximate search with the "
        "bitmap, where the number of probes or the width grows with the inverse of the share, and the search "
        "continues until k are found or a time limit. Where both are possible, log both times and let the threshold "
        "follow. Check recall for each filter apart, against an exact scan: the mean over all queries hides that "
        "strict filters fail. Last, check once more when the page is put together: stock can change between retrieval "
        "and display.",
        points=(
            "by selectivity: exact for few, in-search for many",
            "partition by the filter that is always there",
            "fast-changing attributes as a bitmap, not in the index",
            "estimate the share, measure recall by filter",
        ),
        weak="One strategy for all filters, usually filtering afterwards, with stock written into the index.",
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
        question="News: interest in an article halves every 6 hours. Vectors are computed by a job that starts every "
        "6 hours and takes 2 hours until the index is live. Which share of the interest is gone before an article can "
        "be recommended?",
        answer="On average {{ 100 * (1 - (2 ** (-2 / 6) - 2 ** (-8 / 6)) / log(2)) | 43 % }}. An article waits "
        "between 0 and 6 hours for the next start, evenly spread, and 2 more, so its age when it is live is uniform "
        "between 2 and 8 hours, with a mean of 5. The share of interest still to come at age $w$ is $2^{-w/6}$. "
        "Averaged over $w$ from 2 to 8 that is $\\frac{1}{6}\\int_2^8 2^{-w/6}\\,dw = (2^{-1/3} - 2^{-4/3})/\\ln 2$, "
        "{{ (2 ** (-2 / 6) - 2 ** (-8 / 6)) / log(2) | .57 }}. Taking the mean age of 5 hours gives {{ 2 ** (-5 / 6) "
        "| .56 }}, nearly the same. What would help? Running the job every hour with the same 2 hours: ages from 2 to "
        "3, and {{ 100 * (1 - 6 * (2 ** (-2 / 6) - 2 ** (-3 / 6)) / log(2)) | 25 % }} lost. So then the build is what "
        "counts: compute the vector when the article is published, from its text, and put it into a small index "
        "beside the large one, which is searched exactly and merged. With a delay of 5 minutes {{ 100 * (1 - 2 ** (-5 "
        "/ 360)) | 1 % }} is lost. It takes a model that knows an article by its features: one with ids only has "
        "nothing to say in those hours.",
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
                "Worse: what was read a minute ago says most. Compute the user's vector at the request from the "
                "latest events; the item side may be older than the user side.",
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
        "p(j \\mid u) + c_u$. Write $p(j \\mid u) \\propto p(j)\\, r(u, j)$: how popular the film is, and how much "
        "more this user wants it than others. If taste $r$ stays and popularity moves from $p$ to $p'$, then $s'_{uj} "
        "= s_{uj} + \\log p'(j) - \\log p(j)$. That is a term of the film only, so $\\tilde{\\mathbf v} = (\\mathbf "
        "v, b_j)$ and $\\tilde{\\mathbf u} = (\\mathbf u, 1)$ keep one dot product, and an index for inner products "
        "serves it. In practice one adds $w \\log p'(j)$ with a weight chosen on an earlier moment, which absorbs how "
        "much of the old popularity the model holds; smooth $p'$ too, or a film without ratings in the window gets "
        "minus infinity. With a cosine divided by $\\tau$ the scale must fit: the term is added to the logit, so it "
        "is $\\tau$ times that if plain cosines are served. It pays: popularity of the last 14 days has an NDCG of {{ "
        'printed(4, r"^popularity, last 14 days +(0\\.\\d+) +0\\.000 +0\\.000") | .375 }} in the workbook, of all '
        'days {{ printed(4, r"^popularity, all days +(0\\.\\d+) +-0\\.\\d+ +-0") | .315 }}; the towers with that one '
        "number come level with the former, and without it they are behind. It fails where trends differ by group: "
        "then it must be a feature inside the tower.",
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
                "One coordinate of each vector changes. Exact search just takes the new column; an index for "
                "Euclidean distance has to be rebuilt, so many systems add the term when re-ranking and keep a second "
                "source for what is hot now.",
            ),
        ),
        source="[Yi et al. 2019, *Sampling-Bias-Corrected Neural Modeling*](https://doi.org/10.1145/3298689.3346996); "
        "[Steck 2011, *Item Popularity and Recommendation Accuracy*](https://doi.org/10.1145/2043932.2043957)",
        place=(4, "One moment for all"),
    ),
    Card(
        name="two halves, one version",
        topic="versions and drift",
        kind="debug",
        question="After last night's deployment recommendations are nearly random. All services are up, no test is "
        "red, the new model's offline recall is as good as ever. What do you check first?",
        answer="Whether both towers come from the same training. The user tower runs in one service, the item vectors "
        "lie in an index that another job builds; if one is new and the other old, the dot products mean nothing. Two "
        "trainings may agree on the angles inside each space, but not on the axes: turning all vectors changes no "
        "score inside one model, so each training ends in its own orientation. In the workbook recall@20 with new "
        'users on old films is {{ printed(4, r"^new users, old films +(0\\.0\\d+)") / printed(4, r"^old users, old '
        'films +(0\\.\\d+)") | .1 }} of what it is with both halves old, far below popularity. Nothing crashes, as '
        "the shapes agree. To confirm: score some known pairs in serving and compare with training. Then fix the "
        "process: a version number written into the model and into the index, the service refuses to combine "
        "different ones, and both switch in one step; the old pair stays until the new one has proved itself, so "
        "rolling back is a switch, too. During the switch each request must use one version throughout, so the user "
        "tower of the old version keeps running until the last old index is gone. Everybody downstream who stores "
        "vectors must know the version as well. A test in the release: recall of known pairs through the real service.",
        points=(
            "mixed versions of the two halves",
            "axes are arbitrary: rotations change no score within a model",
            "version in both, checked at load, switched together",
            "end-to-end test with known pairs",
        ),
        weak="Looks for data drift or retrains, as all services are green.",
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
        kind="derive",
        question="Item vectors of two trainings, $A$ and $B$, rows of the same items. Derive the rotation $R$ that "
        "makes $\\lVert AR - B\\rVert$ least. What does it restore, and what not?",
        answer="It is $R = U V^\\top$, where $A^\\top B = U \\Sigma V^\\top$ is the singular value decomposition. "
        "Expand: $\\lVert AR - B\\rVert^2 = \\lVert A\\rVert^2 + \\lVert B\\rVert^2 - 2\\operatorname{tr}(R^\\top "
        "A^\\top B)$, since $R$ keeps lengths. So make the trace largest: $\\operatorname{tr}(R^\\top U\\Sigma "
        "V^\\top) = \\operatorname{tr}(\\Sigma\\, V^\\top R^\\top U)$. With $Z = V^\\top R^\\top U$, which is "
        "orthogonal, it is $\\sum_i \\sigma_i Z_{ii}$, and no entry of an orthogonal matrix is above 1, so $Z = I$ is "
        "best, and $R = UV^\\top$. It costs $N d^2$ for the product and $d^3$ for the decomposition: seconds. What it "
        "restores: everything that depends only on dot products, up to how well the two spaces agree. In the workbook "
        'new users on old films have {{ printed(4, r"^new users, old films +(0\\.0\\d+)") / printed(4, r"^old users, '
        'old films +(0\\.\\d+)") | .1 }} of the recall of a pure pair, and on turned films they lose less than {{ 5 * '
        'ceil(20 * (1 - printed(4, r"^new users, old films, turned +(0\\.\\d+)") / printed(4, r"^old users, old films '
        '+(0\\.\\d+)"))) | 5 % }} of it. What not: items that only one training knows, changes of meaning, other '
        "dimensions or temperature. Allow a reflection, so do not force the determinant to be 1: the score does not "
        "see it. Use well-trained items, as rare ones are mostly noise, and check on items that were left out.",
        points=(
            "expand, maximize the trace",
            "SVD of AᵀB, R = UVᵀ",
            "entries of an orthogonal matrix are at most 1",
            "restores dot products, not new meaning; fit on frequent items",
        ),
        weak="Solves least squares with any matrix, which bends lengths and angles, or cannot say why the trace is "
        "largest at $UV^\\top$.",
        follow_ups=(
            FollowUp(
                "Would an unrestricted linear map be better?",
                "Its error on the items of the fit is lower or equal, as it has more freedom; but it changes lengths "
                "and angles, so scores within the old space change, and it can overfit rare directions. Compare on "
                "items left out.",
            ),
            FollowUp(
                "Should you subtract the means first?",
                "Not if scores are dot products: a shift changes them. Subtracting the mean is right when the map is "
                "drawn or compared, where only differences count.",
            ),
        ),
        source="[Schönemann 1966, *A Generalized Solution of the Orthogonal Procrustes "
        "Problem*](https://doi.org/10.1007/BF02289451)",
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
        "coordinates of two trainings would cry every night. Outcomes: recall and NDCG on the newest day with "
        "popularity beside them, coverage, recall of the index, latency; online the click rate against a small group "
        "that stays on a fixed model. The gate before deploying: fixed golden users whose lists are looked at, "
        "metrics on yesterday not below the deployed model by more than noise, which means a paired interval, version "
        "numbers that agree; then a canary with a few percent of the traffic. Slow decay is what no daily gate sees: "
        "each night is within the noise of the night before, and after three months a tenth is gone. So compare with "
        "a fixed reference too, and look at the ratio to popularity: if both fall, the world has changed; if only the "
        "model does, it is yours. Few alarms, each with an owner and a first step.",
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
                "Neighbor overlap with yesterday is .6. Alarm?",
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
        question="100 million text vectors of 768 float32 numbers. How much memory as float32, float16, int8, one bit "
        "a number? How do you serve from bits without losing the order?",
        answer="It is {{ 1e8 * 768 * 4 / 1e9 | 307 GB }} as float32, {{ 1e8 * 768 * 2 / 1e9 | 154 GB }} as float16, "
        "{{ 1e8 * 768 / 1e9 | 77 GB }} as int8 and {{ 1e8 * 768 / 8 / 1e9 | 9.6 GB }} as bits: factors of 2, 4 and "
        "32. Float16 keeps the order nearly always: its relative error is at most $2^{-11}$, {{ 1e4 * 2 ** -11 | 4.9 "
        "}} in ten thousand. Int8 needs a scale, per dimension or for all, from percentiles of real vectors: a single "
        "outlier would make the steps coarse for everybody. Steps of $\\Delta$ give each number an error of about "
        "$\\Delta/\\sqrt{12}$, and the errors of 768 products partly cancel, so little recall is lost. One bit keeps "
        "the sign only; similarity becomes the number of equal bits, one XOR and a count on {{ 768 / 64 | 12 }} words "
        "of 64 bits. That blurs the order, so use it as the first of two steps: fetch some hundred by bits, re-rank "
        "these by int8 or float32 vectors from disk, with the query in full precision. How many to fetch is an "
        "experiment on your data: plot recall after re-ranking against the number fetched. Bits work better with "
        "many, centered dimensions: with a common mean nearly all vectors have the same signs, so subtract it first.",
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
        question="What is Matryoshka representation learning? Why can you not just cut the first 64 of 768 dimensions "
        "off any embedding?",
        answer="It trains one vector so that each of its prefixes is a good vector too. In an ordinary model nothing "
        "orders the dimensions: any rotation of the space gives the same scores, so the first 64 numbers have no "
        "reason to hold more than any others. Matryoshka adds up the same loss on several prefixes, of lengths $64, "
        "128, 256, 512, 768$ say, each normalized anew: $\\mathcal L = \\sum_m c_m\\, \\mathcal L(\\mathbf u_{:m}, "
        "\\mathbf v_{:m})$. So the most useful directions move to the front. At serving time you choose: 64 numbers "
        "take {{ 100 * 64 / 768 | 8 % }} of the memory and of the scan. Typical use is in two steps: find a thousand "
        "by the prefix, re-rank them by the whole vector. For 10 million vectors the first step reads {{ 1e7 * 64 * 4 "
        "/ 1e9 | 2.6 GB }} instead of {{ 1e7 * 768 * 4 / 1e9 | 31 GB }}; the second reads {{ 1000 * 768 * 4 / 1e6 | 3 "
        "MB }}. Remember to normalize after cutting, else cosines are wrong. Without such training PCA does something "
        "similar: it rotates the variance to the front. It is fitted afterwards, linear, and cares for variance "
        "instead of the loss. And mind: rotate a Matryoshka vector, for PQ for instance, and its order is lost.",
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
        "cases. Which share of the queries takes longer, and what do you do about it?",
        answer="{{ 100 * (1 - .99 ** 20) | 18 % }} of the queries, if the shards are independent: all twenty are fast "
        "with probability $0.99^{20}$, {{ .99 ** 20 | .82 }}. So what is one in a hundred for a shard is nearly one "
        "in five for the user. For 99 % of the queries to stay below 20 ms each shard must do so in {{ 100 * .99 ** "
        "(1 / 20) | 99.95 % }} of the cases: it is the shard's 1-in-2,000 latency that counts. What helps, in order: "
        "do not wait for all. Merge what has come after 20 ms; if one of twenty shards is late, and items are spread "
        "at random, a twentieth of the candidates is missing, {{ 100 / 20 | 5 % }} of the recall for this query, "
        "which hardly anybody notices. Second, hedge: each shard has two copies; if no answer came after the 95th "
        "percentile, ask the other, and take the first. That costs {{ 100 * .05 | 5 % }} more requests; if delays are "
        "independent, the chance that both are slow is tiny. Third, fewer and larger shards: compress the vectors "
        "rather than spread them. Fourth, remove the causes: collector pauses, rebuilding in the same process, cold "
        "pages after loading, a shard with hot items. If delays come together, from a network that is full, neither "
        "of the first two helps.",
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
        "users. Of the 500 best a shard holds a binomial number with the mean {{ 500 / 20 | 25 }} and a deviation of "
        "{{ sqrt(500 * .05 * .95) | 4.9 }}. To be exact you would ask 500 of each and send {{ 500 * 20 | 10,000 }}; "
        "but with 50 each the chance that any shard holds more is about {{ 1e5 * 20 * sum(comb(500, i) * .05 ** i * "
        ".95 ** (500 - i) for i in range(51, 150)) | 3 }} in a hundred thousand, so you send {{ 50 * 20 | 1,000 }}. "
        "By cluster, a query needs only the few shards near it, which saves work: total cost falls, capacity grows. "
        "But the load is uneven, as popular tastes meet in one shard, which has to be copied; the 500 best may all "
        "lie in one shard, so each one asked must return up to 500; new items unbalance it; and a lost shard takes a "
        "whole taste away. I would take it only if the cost of asking everybody is the problem, for billions. Then "
        "copies: two of each for failures and hedging. Rebuild shard by shard, each with its version checked by the "
        "merger.",
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
        "popular tenth of the catalog; accesses fall as ratings do in MovieLens. Mean latency? And what happens to "
        "the 99th percentile, and what should one not cache?",
        answer="The most popular tenth of the films has {{ 100 * (lambda c: c[: len(c) // 10].sum() / "
        "c.sum())(films.ratings.film.value_counts().to_numpy()) | 43 % }} of the accesses, so the mean is {{ (lambda "
        "c: 8 - 7 * c[: len(c) // 10].sum() / c.sum())(films.ratings.film.value_counts().to_numpy()) | 5.0 ms }} "
        "instead of 8. Half of the catalog would have {{ 100 * (lambda c: c[: len(c) // 2].sum() / "
        "c.sum())(films.ratings.film.value_counts().to_numpy()) | 93 % }} and a mean of {{ (lambda c: 8 - 7 * c[: "
        "len(c) // 2].sum() / c.sum())(films.ratings.film.value_counts().to_numpy()) | 1.5 ms }}. The 99th percentile "
        "does not move in either case: as long as more than one in a hundred misses, it is the store's latency. "
        "Worse, a request fetches features of several hundred candidates and waits for all, so practically every "
        "request has a miss: batch them into one call, and the cache saves load on the store rather than time. What "
        "to cache: item vectors and features, which change slowly; the popular list as a fallback; computed pages for "
        "anonymous users. What not, or only for seconds: the user's vector. If it is cached for an hour, the user "
        "clicks and nothing changes. Key caches by the model's version, else a deployment mixes two of them. And a "
        "cache that expires all at once sends the whole load to the store: spread the times.",
        points=(
            "hit rate from the popularity curve, mean = 8 − 7 h",
            "p99 unchanged while misses exceed 1 %",
            "hundreds of candidates: some miss nearly always",
            "not the user vector; version in the key",
        ),
        weak="Reports the better mean and promises users a faster page.",
        follow_ups=(
            FollowUp(
                "A request has 300 candidates; each is a hit with 93 %, independently. Chance that all are hits?",
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
        "affordable, not free. Each of these showings costs the difference to what would have been shown. How to "
        "spend less? Do not learn each item from zero: the content tower gives a prior. If it is worth a thousand "
        "showings, you need {{ 4900 - 1000 | 3,900 }} more. Do not learn bad items as precisely as good ones: what "
        "matters is whether an item belongs to the best, and a rate of half the average shows itself early; Thompson "
        "sampling does just that, giving up an item as soon as it probably is not among the best. With five hundred "
        "showings the standard error is {{ 100 * sqrt(.02 * .98 / 500) | .6 }} points: just enough to tell the item "
        "from one that is twice as good. Show new items to the users for whom the tower predicts them, so the "
        "estimate is for those who will get them later; and remember that it is then their rate, not everybody's. Use "
        "faster signals too, dwell time for example.",
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
        answer="Thompson sampling, if the posterior is at hand; epsilon-greedy as the first step, since its log is "
        "the most useful. Epsilon-greedy shows a random item with probability ε and the best guess otherwise. It is "
        "simple, and the probabilities are known, so the log serves for unbiased evaluation; but it explores hopeless "
        "items as often as promising ones, and never stops. An upper confidence bound shows the item whose estimate "
        "plus a few standard errors is highest: it explores where it is uncertain. But it is deterministic: between "
        "two updates everybody gets the same new item, feedback that comes late by hours makes it repeat itself, and "
        "no propensities remain in the log. Thompson sampling draws a value from each item's posterior and shows the "
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
        "second, $n = a + b$, is $\\frac{a!\\,b!}{(n+1)!}$: the numerators run through $1 \\ldots a$ and $1 \\ldots "
        "b$ in any order, the denominators are $2, 3, \\ldots, n + 1$. There are $\\binom{n}{a}$ such orders, so each "
        "$a$ has the probability $1/(n+1)$. So with a probability of {{ 100 * (.1 + .1) | 20 % }} one of the two has "
        "more than nine tenths, although they are equal, and the division then stays: early chance is frozen. A "
        "recommender that ranks by past clicks and learns from the clicks on its own lists is such an urn, only "
        "harder: showing the leader always, not in proportion, locks in sooner. So clicks measure exposure as well as "
        "worth. Counting them per *showing* mends the bias for items that are shown, if the place is accounted for. "
        "And randomize a small share, so that every item keeps a chance to correct its estimate, log the "
        "probabilities, and weigh by them in training. What it does not model: real items differ, tastes change, and "
        "people find things by other ways.",
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
                "21)) | .11 }}: a prior is a damper of the loop.",
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
        answer="A feedback loop: the model shows what it knows, is trained on clicks on what it showed, and knows "
        "ever less of the rest. Unshown items look like items that nobody wants. The click rate does not fall, since "
        "users choose among what they see, and the evaluation does not notice, since its test set is from the same "
        "lists. To show it: plot coverage and the concentration of showings over time; run the model of six months "
        "ago and today's on the same users and compare; and look at a random share, if there is one. Best is a "
        "holdout: a percent of the users whose lists come from a model trained without the loop, or are partly "
        "random; if they find items outside the usual ones as often as inside, the world has not narrowed, the system "
        "has. To stop it: explore in a slot with logged probabilities; negatives drawn from the catalog beside those "
        "shown and not clicked; weights by inverse propensity, clipped; content features, so that unshown items have "
        "a score with some truth in it; a quota for items below a number of showings. Then evaluate on the random "
        "share: one percent of a site with half a billion showings a day is {{ 500e6 * .01 / 1e6 | 5 million }}, and "
        "it is the only data that no model has chosen.",
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
