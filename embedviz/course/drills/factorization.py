"""Cards: recommendations as factorization, and their losses."""

from embedviz.course.drills.card import Card, FollowUp

CARDS: list[Card] = [
    Card(
        name="one step of ALS",
        topic="ALS",
        kind="derive",
        question="Implicit ALS, item vectors fixed: derive a user's vector, and say what the step costs for all users.",
        answer="With the items fixed each user is a ridge regression of their own, with a closed form. The loss of "
        r"one user is $\sum_i c_i (p_i - \mathbf u\cdot\mathbf v_i)^2 + \lambda\lVert\mathbf u\rVert^2$, over *all* "
        "items: $p_i$ is 1 if the user took the item and else 0, $c_i$ is larger where $p_i = 1$. Set the gradient "
        r"to zero: $\mathbf u = (V^\top C V + \lambda I)^{-1} V^\top C\,\mathbf p$, $C$ the diagonal matrix of the "
        "weights. Then the users are fixed and the items solved alike, and so on. Each half step can only lower the "
        "loss, but the whole is not convex, so it ends at a stationary point that depends on the start. Computed as "
        r"written, each user needs all items. The trick of Hu, Koren and Volinsky: $V^\top C V = V^\top V + V^\top (C "
        "- I) V$. The first part is the same for all users; the second has terms only where the user took something. "
        "So a half step costs $d^2$ per item once, $d^2$ per observed pair, and $d^3$ per user for the solution, not "
        "$d^2$ per pair of the whole table. On our MovieLens table that makes the sums over pairs {{ "
        "len(films.users) * len(films.films) / len(films.ratings) | 16 times }} cheaper, and the sparser the table, "
        "the more. All users can be solved in parallel.",
        points=(
            "ridge regression per user, with the closed form",
            "the sum runs over all items, the absent ones with a smaller weight",
            "shared Gram matrix plus a correction for what was observed",
            "cost: observed pairs × d² + users × d³",
            "each half step lowers the loss; jointly not convex",
        ),
        weak="Sums over the observed items only, which is ALS for ratings: with all targets equal to 1 the model "
        "could answer 1 everywhere and be right.",
        follow_ups=(
            FollowUp(
                "What if $d$ is a thousand, so that $d^3$ dominates?",
                "Solve inexactly: a few steps of conjugate gradient from the last vector, or updates of blocks of "
                "coordinates, each step about $d^2$ for a user. The library `implicit` uses conjugate gradient by "
                "default.",
            ),
            FollowUp(
                "Why does $\\lambda$ have to be above zero?",
                "Without it the vectors of users with little data may grow and overfit. And where fewer than $d$ "
                "independent items stand behind the system, it is singular or nearly so; the ridge makes it solvable.",
            ),
        ),
        source="[Hu, Koren & Volinsky 2008, *Collaborative Filtering for Implicit Feedback "
        "Datasets*](https://doi.org/10.1109/ICDM.2008.22), section 4",
        place=(2, "9. Is it any good? Against rivals that need no network"),
    ),
    Card(
        name="ALS or SGD",
        topic="ALS",
        kind="compare",
        question="You factorize a table of users and items. When would you take ALS, and when stochastic gradient "
        "descent on a sampled loss?",
        answer="ALS when the loss is squared and the model nothing but two tables; gradient descent as soon as "
        "either is not so. Squared error over *all* pairs needs no negative sampling: the absent pairs are summed up "
        r"exactly in one $d \times d$ matrix. There is no learning rate, a dozen or two sweeps usually suffice, and "
        "users are solved in parallel. That makes ALS quick, with few settings: size, weight, penalty. In our "
        "chapter on films from Wikidata it was ready sooner than the network's softmax, and its neighbors were "
        "better. Gradient descent is more general. It takes losses that have no closed form, such as BPR or a "
        "softmax; it takes features, so that a new item has a vector; it takes towers; and it goes on from "
        "yesterday's weights when new data stream in. The price is a learning rate, a sampler of negatives and its "
        "correction, and more passes. Two cautions. Squared error on zeros and ones is not a ranking loss, yet it "
        r"ranks well once the weight of the ones and the penalty are tuned. And ALS solves $d \times d$ systems, so "
        "time grows with $d^3$; for a thousand dimensions take conjugate gradients or a block solver. In practice: "
        "ALS as the first serious rival, a two-tower model when cold start or context is the problem.",
        points=(
            "ALS: squared loss, two tables, closed form, no sampling of negatives",
            "SGD: any loss, features, streaming",
            "settings: weight and penalty against learning rate, negatives, correction",
            "cost in d: d³ for each solve",
        ),
        weak="Says that ALS is outdated, or that it needs ratings. A tuned ALS is a strong rival on implicit data.",
        follow_ups=(
            FollowUp(
                "Does ALS parallelize better?",
                "Yes: with the items fixed, users do not depend on each other, so each half step splits without "
                "locks. In gradient descent, pairs of a batch share rows, and updates must be added up or may "
                "collide.",
            ),
            FollowUp(
                "Can you add features to ALS?",
                "To a degree. Features can be extra rows to factorize along with the table, or the penalty can pull "
                "a vector towards what the features predict. Beyond linear parts, a tower with gradient descent is "
                "simpler.",
            ),
        ),
        source="[Rendle, Krichene, Zhang & Koren 2022, *Revisiting the Performance of iALS on Item Recommendation "
        "Benchmarks*](https://arxiv.org/abs/2110.14037)",
        place=(2, "11. The same code on films"),
    ),
    Card(
        name="ALS with default settings",
        topic="ALS",
        kind="debug",
        question="A colleague ran implicit ALS from a library with its default settings on clicks of zeros and ones. "
        "It is far behind our new network. What do you check before you believe it?",
        answer="Whether ALS was tuned at all; the weight of the ones and the penalty decide its quality. In the "
        r"library `implicit` the default is $\alpha = 1$, and the weight of a pair is $\alpha$ times its value. With "
        "values of 1 all pairs weigh the same, taken or not, so this is a plain low-rank approximation of the table. "
        r"In the paper the weight is $1 + \alpha r$, so the same $\alpha$ means something else: look it up. On our "
        "MovieLens table there are {{ len(films.users) * len(films.films) / len(films.ratings) - 1 | 15 }} absent "
        "pairs for each rating, which gives an idea of the scale at which ones and zeros weigh alike. Then the "
        r"penalty: too small a $\lambda$ overfits the many users with few clicks, and its good value moves with "
        r"$\alpha$, with $d$ and with whether the library scales it by the number of a user's clicks. So search both "
        "on a grid of powers, on validation data, with a budget like the network's, for a few sizes $d$ and number "
        "of sweeps. Rendle and others did that on four benchmarks on which ALS had been reported as weak, and it "
        "became competitive. In chapter 4 the tuned one is level with EASE. Check also that both methods leave out "
        "the seen items, and use the same split. Only then is the comparison worth a sentence.",
        points=(
            "α and λ dominate; defaults are not a baseline",
            "how the library builds the weight: α r or 1 + α r",
            "the penalty's scale depends on α, d and frequency scaling",
            "same tuning budget, split and filter for both",
        ),
        weak="Only raises the number of sweeps or dimensions, and leaves $\\alpha$ and $\\lambda$ alone.",
        follow_ups=(
            FollowUp(
                "How do you search two settings that depend on each other?",
                "On a grid or at random in their logarithms, jointly. First at a small $d$, which is quick, then at "
                "the final $d$ around the best, since the best penalty shifts with the size.",
            ),
            FollowUp(
                "What do untuned baselines do to a field?",
                "They make progress that is not there: reproduction studies found old methods, once tuned, level "
                "with or ahead of many newer ones. So publish the grid of the rivals as well.",
            ),
        ),
        source="[Rendle, Krichene, Zhang & Koren 2022, *Revisiting the Performance of iALS on Item Recommendation "
        "Benchmarks*](https://arxiv.org/abs/2110.14037)",
        place=(4, "5. The towers against the rivals"),
    ),
    Card(
        name="fold in by hand",
        topic="ALS",
        kind="compute",
        question="Three items have the vectors (1, 0), (0, 1) and (1, 1). A new user clicks the first. With weight 5 "
        r"for a click, 1 for the rest, and $\lambda = 1$: what is the user's ALS vector, and what do you recommend?",
        answer="The vector is ({{ np.linalg.solve(np.array([[7, 1], [1, 3]]), np.array([5, 0]))[0] | .75 }}, {{ "
        "np.linalg.solve(np.array([[7, 1], [1, 3]]), np.array([5, 0]))[1] | −.25 }}), so the third item comes next. "
        r"It is the ridge regression of one row, $\mathbf u = (V^\top C V + \lambda I)^{-1} V^\top C\,\mathbf p$. The "
        r"matrix is the sum of weight times outer product, $5\,(1,0)(1,0)^\top + (0,1)(0,1)^\top + (1,1)(1,1)^\top$, "
        r"and the identity. That gives rows (7, 1) and (1, 3). The right side is $5\,(1, 0)$. The determinant is "
        r"$7\cdot 3 - 1 = 20$, so $\mathbf u = (15, -5)/20$. Scores: {{ 0.75 * 1 | .75 }} for the item clicked, {{ "
        "-0.25 * 1 | −.25 }} for the second and {{ np.linalg.solve(np.array([[7, 1], [1, 3]]), np.array([5, "
        "0])).sum() | .50 }} for the third, which shares a direction with the click. The second is negative, "
        "although nothing is known against it: the third item is absent and asked for 0, and a negative second "
        "coordinate of the user brings it nearer to that. The score of the click is below 1 because of the penalty "
        "and the zeros. This is *fold-in*: a user who came after training gets a vector from one small system, "
        "without training again. It assumes that the item table still fits; after many new users and items train "
        "anew.",
        points=(
            "ridge regression on the fixed item table",
            "matrix (7, 1; 1, 3), right side (5, 0)",
            "vector and the three scores",
            "fold-in: new rows without retraining",
        ),
        weak="Takes the mean of the clicked items' vectors, (1, 0): it ignores the weights and what was not clicked.",
        follow_ups=(
            FollowUp(
                "What changes without the zeros, if only the click counts?",
                r"Then $\mathbf u = (5, 0)/(5 + 1)$, and the third item scores exactly as high as the clicked one: "
                "nothing says that the user left it aside.",
            ),
            FollowUp(
                "How long does that take when serving, with $d = 64$ and 50 clicks?",
                "About 50 outer products and one small solve, {{ (50 * 64**2 + 64**3 / 3) / 1e6 | 0.3 }} million "
                "multiplications: well below a millisecond. The Gram matrix of all items is kept ready.",
            ),
        ),
        source="[Hu, Koren & Volinsky 2008, *Collaborative Filtering for Implicit Feedback "
        "Datasets*](https://doi.org/10.1109/ICDM.2008.22), section 4",
        place=(2, "9. Is it any good? Against rivals that need no network"),
    ),
    Card(
        name="absent is not disliked",
        topic="implicit feedback",
        kind="explain",
        question="What is implicit feedback, and why can you neither train on the observed pairs alone nor call all "
        "others negative?",
        answer="Implicit feedback is what people do, clicks, plays, purchases, in place of what they say. It has "
        "only positives. Train on these alone, and the best model says yes to everything: all vectors the same, "
        "squared error zero. So something must be pushed down. But an absent pair has two causes: the user did not "
        "want the item, or never saw it. In MovieLens, dense as data of this kind go, {{ 100 - 100 * "
        "len(films.ratings) / len(films.users) / len(films.films) | 94 % }} of the pairs are absent, and some of "
        "these are exactly what we want to recommend. Three ways to live with it. Weigh: implicit ALS asks for 0 "
        "there, but with less weight than the ones, since a missing click is weak evidence. Sample: draw some absent "
        "pairs as negatives; most are true negatives, as nearly all items are not for this user. Compare: BPR and "
        "softmax only ask that the taken item stands above the absent ones, and never that these are at zero. All of "
        "them assume that what was taken is preferred *on average*. None knows what was shown. If you log "
        "impressions, use them: shown and passed over is better evidence than absent, but biased by the position and "
        "by the system that chose what to show.",
        points=(
            "only positives: alone they have a trivial optimum",
            "absent mixes 'not wanted' with 'not seen'",
            "weigh, sample, or compare",
            "impressions are better evidence, with position and selection bias",
        ),
        weak="Treats the zeros of the table as ratings of zero, or as missing at random.",
        follow_ups=(
            FollowUp(
                "How would you use a play count of 40?",
                "As confidence, not as preference: the target stays 1 and the weight grows, usually with the "
                "logarithm of the count, since forty plays are not forty times as sure.",
            ),
            FollowUp(
                "Are skipped videos negatives?",
                "Better ones than random, since they were seen. But a skip may say wrong moment or seen before; and "
                "the model then learns only among what was shown. Mix them with random negatives.",
            ),
        ),
        source="[Hu, Koren & Volinsky 2008, *Collaborative Filtering for Implicit Feedback "
        "Datasets*](https://doi.org/10.1109/ICDM.2008.22), section 2",
        place=(4, "1. From (book, link) to (user, film)"),
    ),
    Card(
        name="EASE in four lines",
        topic="implicit feedback",
        kind="derive",
        question="Derive EASE: predict each column of the click table $X$ from the other columns by ridge "
        "regression, all at once. What is the solution, and what limits it?",
        answer=r"The solution is $B_{ij} = -P_{ij}/P_{jj}$ off the diagonal, with $P = (X^\top X + \lambda I)^{-1}$: "
        r"one matrix inversion. We minimize $\lVert X - XB\rVert^2 + \lambda\lVert B\rVert^2$ with $B_{jj} = 0$; "
        r"without that condition a small $\lambda$ would give $B$ close to the identity, each item predicting itself. "
        r"Put a multiplier $\gamma_j$ on each condition and set the derivative to zero: $(G + \lambda I) B = G - "
        r"\operatorname{diag}\gamma$, $G = X^\top X$, items with items. With $G = P^{-1} - \lambda I$ this is $B = I "
        r"- P\operatorname{diag}(\lambda + \gamma)$. The diagonal must vanish, so $\lambda + \gamma_j = 1/P_{jj}$: "
        "divide column $j$ by $P_{jj}$. Plain ridge regression with the diagonal cut off afterwards is something "
        "else, since the other weights must know that it is 0. Why is it good? An inverse looks at what two items "
        "have to do with each other *given all the others*, not at how often they come together. What limits it: $P$ "
        "is dense. For our {{ len(films.films) | 1,682 }} films it takes {{ len(films.films) ** 2 * 4 / 1e6 | 11 MB "
        "}} in float32; for a million items {{ 1e6**2 * 4 / 1e12 | 4 TB }}, and the inversion is cubic. It has no "
        "user vectors: a user is the row of clicks, so new users are no problem once they have clicked. Items "
        "without clicks get zero.",
        points=(
            "ridge regression with a zero diagonal; why zero",
            "multipliers, and B = I − P diag(λ + γ)",
            "entries −P_ij / P_jj",
            "memory N², time N³",
            "users need no vector, new items have no row",
        ),
        weak="Forgets the diagonal, or says that it is item-kNN: co-occurrence is $G$, EASE works with its inverse.",
        follow_ups=(
            FollowUp(
                "How do you check your implementation?",
                r"Fit one column on all others by ordinary ridge regression with the same $\lambda$: it must give the "
                "column of $B$. For the right $B$ the two agree to rounding.",
            ),
            FollowUp(
                "Is $B$ symmetric?",
                "No. $P$ is, but column $j$ is divided by $P_{jj}$, so what $i$ says of $j$ differs from what $j$ "
                "says of $i$: a well-predicted item has another scale than a lone one.",
            ),
        ),
        source="[Steck 2019, *Embarrassingly Shallow Autoencoders for Sparse Data*](https://arxiv.org/abs/1905.03375)",
        place=(4, "Rivals"),
    ),
    Card(
        name="best RMSE, bad lists",
        topic="implicit feedback",
        kind="debug",
        question="Our model has the best RMSE on ratings that we ever had. We show each user the 20 films with the "
        "highest predicted rating, and recall@20 is below plain popularity. How can that be?",
        answer="The two ask different questions: RMSE asks how many stars among films that somebody chose to rate, "
        "recall asks which films somebody will choose. Ratings are missing, and not at random: people rate what they "
        "picked, and that they picked it says more about the next pick than whether it got a 3 or a 4. A model "
        "trained on rated pairs never saw, for any user, a film that the user had not chosen, so nothing stops it "
        "from giving five stars to films that almost nobody would pick. In our chapter that is just what happens: by "
        r'predicted rating recall@20 is {{ printed(4, r"^highest predicted rating +([\d.]+) +[\d.]+ +[\d.]+ +[\d.]+ '
        r'+[\d.]+$") | .07 }}, popularity has {{ printed(4, r"^popularity +([\d.]+) +[\d.]+ +[\d.]+ +[\d.]+ +335") | '
        ".13 }}. The lists are not bad in every sense: the few hits are rated higher than those of any rival. "
        "Remedy: retrieve with a model of choices, which by a sampled softmax, BPR or weighted squared error is "
        "trained against films not chosen, and judge it by ranking measures on the whole catalog. Keep the ratings "
        "for the second stage, where the few hundred candidates are given and their order by quality is the "
        "question. And put popularity into every table of results; it would have shown the trouble on the first day.",
        points=(
            "error on chosen items versus choice among all items",
            "missing not at random",
            "train against unchosen items, judge on the whole catalog",
            "ratings belong in the ranking stage",
        ),
        weak="Blames overfitting or the learning rate. The model does well what it was asked; the question was wrong.",
        follow_ups=(
            FollowUp(
                "Would fewer, more popular candidates help?",
                "It would: requiring a minimum of ratings, or shrinking predicted ratings to the mean, removes "
                "flukes. But that patches in by hand what a loss over choices learns.",
            ),
            FollowUp(
                "Does it help to treat ratings of 4 and 5 as positives only?",
                "It changes the target from seen to liked, often what the product wants. You still need the unchosen "
                "films as negatives; in MovieLens {{ 100 * (films.ratings.rating >= 4).mean() | 55 % }} of the "
                "ratings would stay.",
            ),
        ),
        source="[Marlin, Zemel, Roweis & Slaney 2007, *Collaborative Filtering and the Missing at Random "
        "Assumption*](https://arxiv.org/abs/1206.5267)",
        place=(4, "6. Loss B: pairs with a label"),
    ),
    Card(
        name="ones against zeros",
        topic="implicit feedback",
        kind="compute",
        question=r"A table has 943 users, 1,682 films and 100,000 clicks. Implicit ALS weighs a click $1 + \alpha$ "
        r"and an absent pair 1. For which $\alpha$ do clicks and absent pairs have the same total weight? Is that the "
        "right one?",
        answer="About {{ (943 * 1682 - 100_000) / 100_000 - 1 | 14 }}. There are {{ 943 * 1682 | 1,586,126 }} pairs, "
        "of which {{ 943 * 1682 - 100_000 | 1,486,126 }} are absent. So the clicks must weigh {{ (943 * 1682 - "
        r"100_000) / 100_000 | 15 }} times as much each, and $\alpha$ is one less. It is a good place to begin a "
        "search, and no more than that. The balance of totals has no theory behind it: what matters is how well "
        "absent pairs tell what is not wanted, and that depends on the catalog and on exposure. With a large "
        r"$\alpha$ the model fits the clicks closely and hardly minds a high score for an absent pair. With a small "
        "one the zeros win, and the scores of rarely clicked items are pulled towards zero. The best value also "
        r"depends on the penalty, since raising all weights by a factor is the same as lowering $\lambda$ by it. So "
        "search both together. On a shop where one pair in ten thousand occurs, the rule would give about ten "
        "thousand, far beyond what people use; there it breaks down. Hu, Koren and Volinsky used 40 on their "
        "television data, chosen by experiment.",
        points=(
            "absent pairs per click: 15, so α = 14",
            "balance is a starting point, not a theorem",
            "effect of a large and a small α",
            "α and λ are to be searched together",
        ),
        weak="Takes $\\alpha = 40$ because the paper has it, for any data and any library.",
        follow_ups=(
            FollowUp(
                "Why is scaling all weights the same as changing λ?",
                "The loss is weights times squares plus λ times norms. Multiply the weights by $c$ and divide the "
                r"whole by $c$: the same minimum, with $\lambda/c$.",
            ),
            FollowUp(
                "Should all absent pairs weigh the same?",
                "Not necessarily: an absent pair of a popular item is a better sign of no interest, as the user "
                "likely came across it. Weights that grow with popularity are a known variant.",
            ),
        ),
        source="[Hu, Koren & Volinsky 2008, *Collaborative Filtering for Implicit Feedback "
        "Datasets*](https://doi.org/10.1109/ICDM.2008.22), sections 4 and 6",
        place=(2, "9. Is it any good? Against rivals that need no network"),
    ),
    Card(
        name="what counts as a positive",
        topic="implicit feedback",
        kind="design",
        question="You build retrieval for a video service. The log has impressions, clicks, seconds watched, likes "
        "and skips. What is a positive pair, and what a negative?",
        answer="I start from what the product wants more of, and take the signal that is nearest to it and still "
        "plentiful. That is rarely the click: clicks reward thumbnails. A like is nearest, but rare. So a positive "
        "is a view that lasted: a share of the video's length with a floor in seconds, since half of a clip of ten "
        "seconds means little, and half of a film a lot. I would cap it per user, a few positives a day, so that "
        "heavy users do not own the model, and drop accidental plays and autoplay that nobody watched. Likes and "
        "finishes get more weight, not a separate model at first. Negatives for retrieval are random items or those "
        "of the batch, corrected by log q, since retrieval must tell good from anything in the catalog. Skips and "
        "ignored impressions are hard negatives: a few, as they are confounded with position and mood, and because a "
        "model trained on these alone knows only what the old system showed. They belong mainly in the ranker. Then "
        "I check the definition before the model: does yesterday's positive predict coming back next week? Does it "
        "shift between devices? And I write the rule down with a version, since changing it changes every metric. "
        "Finally an experiment, as an offline gain on watch time may only be longer videos.",
        points=(
            "start from the goal; click is not value",
            "duration relative to length with a floor",
            "cap heavy users; weigh strong signals",
            "random or in-batch negatives for retrieval, skips for ranking",
            "validate the label itself",
        ),
        weak="Click is 1, no click is 0. That trains a predictor of thumbnails and positions.",
        follow_ups=(
            FollowUp(
                "Why not regress the watch time?",
                "For ranking that is common, with the length accounted for. For retrieval the question is which few "
                "of millions; a softmax over choices, weighted by time, answers it.",
            ),
            FollowUp(
                "How do long videos bias the label?",
                "Seconds favor long videos and completion favors short ones. Compare within groups of similar "
                "length, for instance by the quantile of the time watched among videos of that length.",
            ),
        ),
        source="[Covington, Adams & Sargin 2016, *Deep Neural Networks for YouTube "
        "Recommendations*](https://doi.org/10.1145/2959100.2959190), sections 3 and 4",
        place=(4, "6. Loss B: pairs with a label"),
    ),
    Card(
        name="logistic loss of pairs",
        topic="BPR, triplet, softmax",
        kind="derive",
        question="Write the logistic loss for true and made-up pairs, derive its gradient with respect to the score, "
        "and say what happens if you forget the made-up ones.",
        answer=r"Let $\sigma(s)$ be the model's probability that a pair is true. A true pair then has the likelihood "
        r"$\sigma(s)$ and a made-up one $1 - \sigma(s) = \sigma(-s)$. The loss is minus the logarithm of that, the "
        r"mean over the batch: $-\log\sigma(s)$ where $y = 1$ and $-\log\sigma(-s)$ where $y = 0$. In code "
        "`softplus(-s)` and `softplus(s)`, which do not overflow. The gradient with respect to the score is "
        r"$\sigma(s) - y$ in both cases, what the model says less what is true, so a true pair at score 0 is pushed "
        "by a half and one at score 4 by {{ 1 - 1 / (1 + exp(-4)) | .02 }}: the loss lets go of what is right. "
        "Forget the made-up pairs and nothing holds scores back: all of them go up forever, the loss to zero, and "
        "the vectors say nothing. Turn the labels round, and like is pushed from like; score made-up pairs as true "
        "ones, and it is the same as having none. Drop the minus, and training runs away, since it maximizes the "
        r"loss. Squared error on $\sigma(s)$ is another loss: its gradient has an extra factor $\sigma(1 - \sigma)$ "
        "and dies where the model is badly wrong. And a sum in place of the mean only scales the step, but then the "
        "learning rate depends on the batch size. A model that knows nothing has a loss of {{ log(2) | 0.69 }}.",
        points=(
            "−log σ(s) for true, −log σ(−s) for made-up pairs",
            "gradient σ(s) − y",
            "without negatives: everything grows, nothing is learned",
            "log 2 for who knows nothing",
            "why not squared error on the probability",
        ),
        weak="Knows the name cross-entropy, but writes one term only, or forgets the logarithm or the minus.",
        follow_ups=(
            FollowUp(
                "What is the loss at score 0 with two negatives for each true pair?",
                "Still {{ log(2) | 0.69 }}, if all scores are 0. But the best constant is not 0: always saying a "
                "third gives {{ -(log(1/3) + 2 * log(2/3)) / 3 | 0.64 }}, so a loss there is nothing learned yet.",
            ),
            FollowUp(
                "What does the score converge to at the optimum?",
                r"The log odds of true against made-up: $\log p(u,v) - \log\big(k\,q(u,v)\big)$, $k$ negatives drawn "
                "by $q$. With $q$ the product of the marginals that is the shifted PMI.",
            ),
        ),
        source="[Levy & Goldberg 2014, *Neural Word Embedding as Implicit Matrix "
        "Factorization*](https://papers.nips.cc/paper/5477-neural-word-embedding-as-implicit-matrix-factorization), "
        "section 3",
        place=(2, "5. First loss: true or made up?"),
    ),
    Card(
        name="a loss without a minimum",
        topic="BPR, triplet, softmax",
        kind="debug",
        question="Someone trains user and item vectors to make the dot product of true pairs large and of random "
        "pairs small, literally: mean of the random scores minus mean of the true ones. The loss is at minus 4,000 "
        "and still falling; the lists look like a popularity chart. Explain both.",
        answer="The loss has no minimum, and its direction of steepest descent is popularity. First: scores are "
        "products of two vectors, so doubling all vectors makes the loss four times as negative. No pair is ever "
        "good enough; the gradient with respect to a true pair's score is the same constant, whether it leads by "
        r"nothing or by a mile. Second: for all vectors together the loss is linear in $U V^\top$. Write $M$ for the "
        r"share of each pair in the data minus its share among the random pairs; then $L = -\sum_{uv} M_{uv}\,\mathbf "
        r"u\cdot\mathbf v$, and gradient descent is $U \leftarrow U + \eta M V$, $V \leftarrow V + \eta M^\top U$. In "
        "small steps that acts like a power iteration: everything turns into the leading singular vectors of $M$, "
        "and all vectors into multiples of one direction. With uniform negatives those are roughly how active a user "
        "is times how popular an item is, so every user gets the same list. Remedies stop the push once the order is "
        "right: a margin, the logistic loss, BPR, or a softmax. Scaling the vectors to length 1 bounds the loss, but "
        "it still pushes what is right already: in our chapter that is no better. Weight decay alone is no remedy: "
        "it either loses against the growth or takes all to zero.",
        points=(
            "bilinear: doubling the vectors multiplies the loss by four",
            "constant gradient on the score",
            "power iteration: leading singular vector, popularity",
            "a saturating loss is the remedy",
        ),
        weak="Lowers the learning rate or clips gradients: it runs away more slowly, to the same place.",
        follow_ups=(
            FollowUp(
                "How would you confirm the collapse?",
                "Take the singular values of the item table: nearly all energy in the first. And correlate the first "
                "coordinate after an SVD with the items' counts.",
            ),
            FollowUp(
                "Would Adam change that?",
                "It changes the path, as it scales each coordinate, so the growth is steady and not exponential. The "
                "loss has no more of a minimum than before.",
            ),
        ),
        source="[Hadsell, Chopra & LeCun 2006, *Dimensionality Reduction by Learning an Invariant "
        "Mapping*](https://doi.org/10.1109/CVPR.2006.100): why non-pairs get a margin",
        place=(4, "Loss A: pull pairs together, push non-pairs apart"),
    ),
    Card(
        name="BPR from a preference",
        topic="BPR, triplet, softmax",
        kind="derive",
        question="Derive the BPR loss and its gradient. How is it related to the softmax, and to AUC?",
        answer=r"BPR models that a user prefers a taken item to an absent one: $P(i \succ j) = \sigma(s_i - s_j)$. "
        r"Take the negative logarithm: $L = -\log\sigma(x)$ with $x = s_i - s_j$, plus a penalty on the norms, the "
        r"prior. The derivative with respect to $x$ is $-\sigma(-x)$. So $\partial L/\partial \mathbf u = "
        r"-\sigma(-x)(\mathbf v_i - \mathbf v_j)$, and the two items move by the same amount along $\mathbf u$, in "
        "opposite directions. Over a batch, take the mean of the losses, not the loss of the mean difference. A pair "
        "that leads by 2 pushes with {{ 1 / (1 + exp(2)) | .12 }}, one that trails by 2 with {{ 1 / (1 + exp(-2)) | "
        ".88 }}: it fades smoothly once the order is right. Softmax over the item and one negative is the same "
        r"function, since $-\log\frac{e^{s_i}}{e^{s_i} + e^{s_j}} = \log(1 + e^{s_j - s_i})$. With more negatives "
        "they part: BPR averages over pairs, while the softmax lets the strongest rival take most of the push. AUC "
        "is the share of pairs in the right order, that is the mean of a step at $x = 0$; BPR puts a smooth loss in "
        "place of the step. And that is its weakness for lists: AUC counts all places alike. Of our {{ "
        "len(films.films) | 1,682 }} films, a film at place 20 has an AUC of {{ 1 - 19 / 1681 | .99 }} and one at "
        "place ninety still {{ 1 - 89 / 1681 | .95 }}, if that is the user's only film to find; yet nobody sees the "
        "second. So sample harder negatives, or use a softmax with many.",
        points=(
            "sigmoid of the score difference, negative log",
            "gradient −σ(−x)(v_i − v_j)",
            "softmax with one negative",
            "smooth stand-in for AUC, which weighs all ranks alike",
        ),
        weak="Gives the formula without the gradient, or says BPR needs no negatives because it is pairwise.",
        follow_ups=(
            FollowUp(
                "What does BPR leave undetermined?",
                "Any constant added to all scores of a user: a user bias cancels in the difference. So its scores "
                "are no probabilities, and cannot be compared between users without calibration.",
            ),
            FollowUp(
                "Why does BPR with uniform negatives learn slowly late in training?",
                r"Nearly all random negatives are ranked right already, so $\sigma(-x)$ is close to zero. Draw "
                "negatives that score high, or draw until one stands above the true item, as WARP does.",
            ),
        ),
        source="[Rendle et al. 2009, *BPR: Bayesian Personalized Ranking from Implicit "
        "Feedback*](https://arxiv.org/abs/1205.2618), sections 4 and 5",
        place=(4, "Loss A: pull pairs together, push non-pairs apart"),
    ),
    Card(
        name="four losses side by side",
        topic="BPR, triplet, softmax",
        kind="compare",
        question="Triplet with a margin, logistic, BPR, sampled softmax: what does each ask of the scores, and which "
        "would you take for retrieval?",
        answer="Triplet asks that the true item lead each negative by a margin, and is content then: exactly zero "
        "gradient. BPR asks for a lead too, but smoothly and without end. Logistic asks each pair by itself: true "
        "ones above zero, made-up ones below, so scores have an absolute meaning: log odds against the negatives "
        "drawn. Softmax asks that the true one have the largest share among all its candidates at once; a negative "
        "pushes with its share $p_j$, so the hard ones dominate without any mining. For retrieval I take the softmax "
        "with many negatives, usually those of the batch, with log q, and a temperature if scores are cosines. But I "
        "would not promise much from the name of the loss alone. In our chapter, with one uniform negative and plain "
        "dot products, triplet, logistic and BPR come out close to each other, NDCG@20 about {{ printed(4, "
        r'r"^logistic, dot, k = 1 +([\d.]+)") | .2 }} each; twenty negatives, the softmax, the cosine each add a '
        "hundredth or so. On the books the change from dot products to cosines mattered more than the change from "
        "logistic to softmax. So change one thing at a time. I would take the logistic loss if I need probabilities "
        "of single pairs, and triplet or BPR when labels come as comparisons, this rather than that. With triplet "
        "the margin and the choice of negatives need care, since most random triplets give no gradient at all.",
        points=(
            "lead by a margin; lead smoothly; absolute log odds; share among candidates",
            "where each gradient vanishes",
            "softmax weighs hard negatives by itself",
            "number of negatives and similarity matter as much as the loss",
        ),
        weak="Ranks the losses by reputation, with no word on negatives or similarity.",
        follow_ups=(
            FollowUp(
                "Can softmax scores be read as probabilities of a click?",
                "No: they are shares among candidates, up to a constant for each user. For calibrated probabilities "
                "use a logistic loss on impressions, or calibrate afterwards.",
            ),
            FollowUp(
                "With triplet, is a larger margin always stricter?",
                "With free lengths no: twice as long vectors give four times the lead, so the margin only sets a "
                "scale. With unit vectors yes, since the largest possible lead is then fixed.",
            ),
        ),
        source="[Rendle et al. 2009, *BPR*](https://arxiv.org/abs/1205.2618) and [Schroff, Kalenichenko & Philbin "
        "2015, *FaceNet*](https://arxiv.org/abs/1503.03832), section 3",
        place=(4, "4. Losses: from the textbook to what works"),
    ),
    Card(
        name="stuck at the margin",
        topic="BPR, triplet, softmax",
        kind="debug",
        question="You train with a triplet loss on unit vectors, margin 0.2, and always take the hardest negative of "
        "the batch. Within a few hundred steps the loss goes to 0.200 and stays there. What happened, and what do "
        "you do?",
        answer="The network has collapsed: it gives nearly every input the same vector. Then the distance to the "
        r"positive and to the negative are equal, the difference is zero, and $\max(0,\, m + 0)$ is exactly the "
        "margin, 0.2. The number itself is the diagnosis. To confirm it, print the mean cosine of random pairs; it "
        "is close to 1. Why there: with the hardest negative of a large batch the difference is nearly always on the "
        "wrong side, so the loss is above the margin, and the quickest way down for the whole batch is to shrink all "
        "distances. At the collapsed point the gradient of squared distances is zero, so it stays. The FaceNet paper "
        "reports this and takes *semi-hard* negatives: farther away than the positive, but within the margin. Other "
        "remedies: start with random negatives and make them harder later; average over all negatives or use a "
        "softmax, which weighs them by hardness but keeps all; a lower learning rate at the start. Before that, look "
        "at the data: among the hardest negatives are mislabeled ones and duplicates, and a batch full of those "
        "teaches that like is unlike. If the loss fell far below the margin and most triplets were zero, it would be "
        "the opposite problem: negatives too easy.",
        points=(
            "loss equal to the margin means all distances equal: collapse",
            "check the mean cosine of random pairs",
            "hardest negatives early cause it; semi-hard or a curriculum",
            "false negatives among the hardest",
        ),
        weak="Calls it a plateau and trains longer, or raises the margin: the loss then sits at the new margin.",
        follow_ups=(
            FollowUp(
                "Can an in-batch softmax collapse in the same way?",
                r"If all vectors are equal its loss is $\log B$ and its gradient zero, but the point is a saddle: "
                r"small differences grow. So a loss that stays at $\log B$ usually means shuffled labels or no "
                "gradient.",
            ),
            FollowUp(
                "Why average only over the triplets with a loss above zero?",
                "Because the zeros grow in number as training goes on, and the mean over all would shrink the step. "
                "But report the share of active triplets too.",
            ),
        ),
        source="[Schroff, Kalenichenko & Philbin 2015, *FaceNet*](https://arxiv.org/abs/1503.03832), section 3.2",
        place=(4, "4. Losses: from the textbook to what works"),
    ),
    Card(
        name="the loss at the start",
        topic="BPR, triplet, softmax",
        kind="compute",
        question="Before the first step: what should the loss be for logistic, BPR, and an in-batch softmax with 512 "
        r"pairs? Ours starts at 9.2, with random unit vectors of 64 dimensions and $\tau = 0.05$. Is that a bug?",
        answer=r"If all scores are about equal: {{ log(2) | 0.69 }} for logistic and for BPR, and $\log 512$, {{ "
        "log(512) | 6.24 }}, for the softmax. A start at 9.2 is no bug here. Random unit vectors in $d$ dimensions "
        r"have cosines with mean 0 and variance $1/d$, so a deviation of {{ 1 / sqrt(64) | 0.125 }}. Divided by $\tau "
        "= 0.05$ that is {{ 1 / sqrt(64) / 0.05 | 2.5 }}: the logits are *not* equal. For normal logits with "
        r"variance $v$ the mean of $e^s$ is $e^{v/2}$, so the loss is about $\log B + v/2$, here {{ log(512) + 1 / (2 "
        "* 64 * 0.05**2) | 9.4 }}. In a batch of 512 the largest terms are not all met, so a little less comes out: "
        "9.2 fits. The network is confidently wrong, because the temperature magnifies chance. It costs some steps "
        r"at the beginning, nothing more; one can start with a larger $\tau$, or learn it. When would I suspect a "
        r"bug? If the start is far from the formula. Exactly $\log B$ for ever: all vectors the same, or no gradient. "
        "Near zero at once: the target can be seen, as when the positive is in the history, or an id of the pair is "
        "a feature of both towers. Infinite or NaN: zero vectors normalized, or half precision. Compare losses only "
        r"at the same $B$ and $\tau$.",
        points=(
            "log 2, log 2, log B",
            "random cosines: variance 1/d",
            "log B + 1/(2 d τ²)",
            "what a wrong start would tell",
        ),
        weak="Knows $\\log B$ and declares 9.2 a bug, or does not know what to expect at all.",
        follow_ups=(
            FollowUp(
                "And at $\\tau = 0.2$?",
                "Logits deviate by {{ 1 / sqrt(64) / 0.2 | 0.6 }}, which adds {{ 1 / (2 * 64 * 0.2**2) | 0.2 }}: the "
                "loss starts at {{ log(512) + 1 / (2 * 64 * 0.2**2) | 6.4 }}.",
            ),
            FollowUp(
                "With dot products and a normal start of variance 1 in 64 dimensions?",
                "Scores then deviate by 8, so the loss is some twenty or more, and the softmax is almost one-hot, by "
                "chance. That is why tables start small.",
            ),
        ),
        source="[Wang & Isola 2020, *Understanding Contrastive Representation Learning through Alignment and "
        "Uniformity on the Hypersphere*](https://arxiv.org/abs/2005.10242)",
        place=(2, "6. Second loss: choose the right one among many"),
    ),
]
