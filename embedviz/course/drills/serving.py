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
        "give {{ 100 * .95 * .4 | 38 % }} at best, and only if the ranker kept its 40 % on harder candidates, which "
        "it will not: better candidates are harder to tell apart. So the ranker has the larger gap here. Relative "
        "gains are equal for all stages: ten percent more at any one of them is ten percent more on the page. Ask "
        "then where ten percent are cheapest. The filter's 5 % is a bug, found in a day. Doubling the candidates to a "
        "thousand costs twice the ranker's time and may bring retrieval from 70 to 80. Last, the factors are "
        "averages: measure them for new users and for tail items apart, where retrieval often is the narrow place, "
        "and measure on what users chose by other ways too, by search for instance, else retrieval judges itself.",
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
        "do not ask for the same place: order does not matter, the distances are recomputed anyway. It is another "
        "number than the model's recall: that asks whether the user's next items are among the nearest at all. The "
        "two do not simply multiply: what an index misses is mostly near the border of the list, or in odd regions. "
        "So a drop of the index by a twentieth costs the model usually less than that, but measure it. Look at the "
        "worst queries too: the same mean can be a small loss for everybody, or an empty page for one user in twenty. "
        "And repeat it after the vectors have changed; an index tuned for last month's model has another recall today.",
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
                "An index tuned for the ten nearest may miss many of a thousand: HNSW cannot return more than its "
                "search breadth, and IVF's probed lists may hold fewer than k.",
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
        "cosine give the same order. Two caveats. The queries lie in a plane in which no item lies, so data and "
        "queries are distributed differently, and an index may need more effort for the same recall. And a new item "
        "that is longer than $M$ breaks it; keep some room above. Most libraries now offer the inner product "
        "directly; know then that it is no metric: an item need not be its own nearest neighbor.",
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
        "nearest not yet expanded, and stops when it is farther than the worst of the list. So efSearch is the width "
        "of the search: more of it, more recall and more time; it must be at least k. M sets memory and how well "
        "connected the graph is; efConstruction is the same width while inserting, so better links for a slower "
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
        "items cannot be reached from the entry at all. Then updates: an item whose vector changed is often a "
        "deletion and an insertion. And new items may come from another region than the old ones; HNSW has no trained "
        "cells that age, but links chosen early are those to what was there early. Check: the share of dead nodes; "
        "recall of items by age; for a sample of items whether a query with their own vector finds them. Do: rebuild "
        "regularly, every night or when the dead are a fifth, into a second index, test its recall, then swap; let "
        "new items of the day live in a small index of their own, searched exactly and merged. Reusing the slots of "
        "deleted nodes keeps the memory bounded. Raising efSearch hides the trouble at the cost of latency, which was "
        "rising already.",
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
]
