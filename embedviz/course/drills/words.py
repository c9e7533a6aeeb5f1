"""Cards: word vectors, from counts to word2vec and beyond."""

from embedviz.course.drills.card import Card, FollowUp

CARDS: list[Card] = [
    Card(
        name="windows of a sentence",
        topic="CBOW and skip-gram",
        kind="compute",
        question="The sentence *the only thing we have to fear is fear itself* has 10 words, and the window is $n = "
        "2$. How many (target, context word) pairs does it give, and how many training examples are that for CBOW "
        "and for skip-gram?",
        answer="It gives {{ sum(min(10, t + 3) - max(0, t - 2) - 1 for t in range(10)) | 34 }} pairs. Each of the "
        "10 words is once the target, and its context is up to two words on each side, never the target itself. "
        "Inside the sentence that is $2n = 4$ words. At the edges it is less: the first word misses two places, the "
        r"second one, and the same at the other end, so six are missing. In general a sentence of $T \ge n$ words "
        "has $2nT - n(n+1)$ pairs. CBOW makes one example of each window: it averages the context and predicts the "
        "target, so there are 10 examples. Skip-gram makes one prediction for each pair, so {{ 2 * 2 * 10 - 2 * 3 | "
        "34 }}. That is why skip-gram does more work on the same text. Targets near an edge are kept; their context "
        "is smaller, so the mean divides by the true size $C$, not by $2n$. In code the usual mistakes are the end "
        "of a slice, which is exclusive, and a negative start, which Python counts from the end of the list. A "
        "windowed text also has repeats: around *is* the word *fear* stands twice, and it counts twice.",
        points=(
            "each word is once the target, and not in its own context",
            "both sides, cut at the edges of the sentence",
            "34 pairs: 40 less 6 at the edges",
            "CBOW: one example a window; skip-gram: one for each pair",
            "slices: exclusive end, negative start",
        ),
        weak="Says 40, as if every word had four neighbors, or lets the target into its own context, so that the "
        "model can read the answer off.",
        follow_ups=(
            FollowUp(
                "word2vec draws the window size of each target from 1 to $n$. How does this change the weights of "
                "near and far words?",
                r"At distance $\delta$ a word is in the context with probability $(n + 1 - \delta)/n$. For $n = 5$ "
                "that is 1 for the next word and {{ (5 + 1 - 5) / 5 | 0.2 }} for the fifth, and a target has {{ 2 * "
                "sum((6 - x) / 5 for x in range(1, 6)) | 6 }} context words on average instead of 10.",
            ),
            FollowUp(
                "Should windows cross the ends of sentences?",
                "Usually not, since the next sentence may be about something else. word2vec.c stops at the end of a "
                "line, and gensim at the end of each list of tokens that you give it; so whether they cross depends "
                "on how you split the text.",
            ),
        ),
        source="[Mikolov et al. 2013, *Efficient Estimation of Word Representations in Vector "
        "Space*](https://arxiv.org/abs/1301.3781), section 3",
        place=(3, "1. From counts to prediction"),
    ),
    Card(
        name="CBOW or skip-gram",
        topic="CBOW and skip-gram",
        kind="compare",
        question="Compare CBOW and skip-gram. Which one would you train for a small corpus with many rare words?",
        answer="I would train both, tuned, and measure; neither wins in general. They read the same windows and "
        "differ in who predicts whom. CBOW averages the $C$ context vectors into $h$ and predicts the target once. "
        "Skip-gram takes the target's vector as $h$ and predicts each of the $C$ context words. So a window is one "
        "prediction or $C$ predictions, and a naive implementation of skip-gram is several times slower. The "
        r"gradients differ too: in CBOW every context word gets the same $1/C$ of $\partial L/\partial h$, so a rare "
        "word shares its updates with its neighbors; in skip-gram the row of the rare word gets the errors of all "
        "its context words for itself. This is the usual argument for skip-gram with rare words, and the authors' "
        "own page says the same. Two caveats. word2vec.c and gensim leave out the $1/C$ in CBOW's update, so many "
        "published comparisons are of that update. And in this workbook's comparison, on two million words of "
        "speeches, both tuned, the two were level on both similarity tests and skip-gram was behind on analogies. "
        "On rare words, *is the singular near its plural*, skip-gram was ahead by a few hundredths in one class of "
        "frequency and level in the others. With other text or another tool the result may turn.",
        points=(
            "CBOW: mean of the context, one prediction",
            "skip-gram: one vector, a prediction for each context word",
            "cost: 1 against C predictions a window",
            "rare words: own row gets all errors, against a share of one",
            "folklore is weak evidence: tune both, then measure",
        ),
        weak="Recites *CBOW is fast, skip-gram is better for rare words* as a law, without the reason and without "
        "saying that it must be measured.",
        follow_ups=(
            FollowUp(
                "Write skip-gram's gradient with respect to the scores of one window.",
                r"There are $C$ losses with the same $h$, so the errors add up: $\sum_c (p - y_c) = C\,p - "
                r"\text{counts}$, where counts says how often each word is in the context.",
            ),
            FollowUp(
                "Why is skip-gram hardly slower in the workbook's own trainer?",
                "It shares negatives among many words, so the cost is mostly in a few matrix products, and these "
                "are about as large for both models. The speed ratio is a property of the implementation.",
            ),
        ),
        source="[İrsoy, Benton & Stratos 2021, *Corrected CBOW Performs as well as "
        "Skip-gram*](https://arxiv.org/abs/2012.15332)",
        place=(3, "Skip-gram: same data, roles swapped"),
    ),
    Card(
        name="vectors from sessions",
        topic="CBOW and skip-gram",
        kind="design",
        question="A shop has 200,000 items and 30 million click sessions. You want item vectors for *similar items* "
        "by tomorrow. Design it with word2vec, and say what you would not copy from the defaults for text.",
        answer="I would treat a session as a sentence and an item as a word, and train skip-gram with negative "
        "sampling. First the data: drop bots, collapse repeated clicks on one item, drop sessions of length one, "
        "and require some minimum count. The tables are small: two of 200,000 rows with 64 floats, {{ 2 * 200_000 * "
        "64 * 4 / 1e6 | 102 MB }} in float32. Then the settings that I would not copy. The window: order inside a "
        "session says little, so a wide window or the whole session. The noise: the power 3/4 was found on text; a "
        "study of recommendation data names the noise among the settings that matter most, with optima unlike those "
        "for text, so I tune it. Subsampling: popular items are not stop words; removing them changes what is "
        "learned. Negatives: random items are mostly from another category and too easy, so I add some from the "
        "same category or city, as Airbnb did. Epochs and learning rate: tune on a time split, with the hit rate of "
        "the next click, against a co-occurrence baseline, which is hard to beat. Serving: cosine among input "
        r"vectors finds substitutes; the score $u \cdot v$ is nearer to *what comes next*. New items have no vector: "
        "back off to the mean of similar items by attributes.",
        points=(
            "session as sentence, item as word",
            "window, noise exponent, subsampling must be tuned anew",
            "negatives from the same category as well as random ones",
            "time split, and a co-occurrence baseline",
            "cold items need attributes",
        ),
        weak="Runs gensim with its defaults, looks at a few nice neighbor lists, and has neither a baseline nor a "
        "plan for new items.",
        follow_ups=(
            FollowUp(
                "The similar items of everything are the ten best sellers. What do you check?",
                "Whether the ranking is by dot product, where frequent items with long vectors win, or by cosine; "
                "then the noise exponent, since noise with more weight on popular items pushes their scores down; "
                "and whether the bots were removed.",
            ),
            FollowUp(
                "How do you use the fact that a session ended in a purchase?",
                "Add the purchased item as an extra positive context for each click of the session, inside or "
                "outside the window. Airbnb calls this the booked listing as global context.",
            ),
        ),
        source="[Caselles-Dupré, Lesaint & Royo-Letelier 2018, *Word2vec applied to recommendation: hyperparameters "
        "matter*](https://arxiv.org/abs/1804.04212)",
        place=(3, "4. Training on two million words"),
    ),
    Card(
        name="loss of negative sampling",
        topic="negative sampling and its noise",
        kind="derive",
        question="Write down the loss of negative sampling for one target with $k$ negatives, and its gradient with "
        "respect to $h$. What is the loss before training, when all scores are 0 and $k = 5$?",
        answer=r"It is a logistic regression of the true word against $k$ drawn ones. $L = -\log \sigma(v_t \cdot h) - "
        r"\sum_{i=1}^k \log \sigma(-v_i \cdot h)$, where $t$ is the target and the $v_i$ belong to words drawn from "
        r"the noise $q$. The minus sign inside the second sigmoid is the point: $\sigma(-s) = 1 - \sigma(s)$ is the "
        r"probability of *made up*. Each term depends on one score, and $\frac{d}{ds}(-\log\sigma(s)) = \sigma(s) - "
        r"1$, while $\frac{d}{ds}(-\log\sigma(-s)) = \sigma(s)$. So for every word the error is $\sigma(s) - y$, the "
        r"prediction less the label, with $y = 1$ for the target and 0 for a negative. By the chain rule $\partial "
        r"L/\partial h = (\sigma(v_t \cdot h) - 1)\,v_t + \sum_i \sigma(v_i \cdot h)\,v_i$. It is a sum over the "
        "negatives, not a mean; with all scores at 0 they weigh $k$ times as much as the target. At the start every "
        r"term is $\log 2$, so the loss is $6 \log 2$ = {{ 6 * log(2) | 4.16 }}. A loss that starts elsewhere points "
        "to a mean in place of the sum, or to a wrong number of negatives. A wrong sign inside a sigmoid does not show "
        "here, since both signs give one half; it shows when the scores of negatives rise. For large scores compute "
        r"$-\log\sigma(s)$ as `softplus(-s)`, which does not overflow. The cost of one step is $1 + k$ rows instead of "
        "$N$.",
        points=(
            "one positive term, k negative terms, each a binary cross-entropy",
            "minus sign in the sigmoid of the negatives",
            "error is σ(s) − y for every word",
            "a sum over the negatives, not a mean",
            "starts at (1 + k) log 2",
        ),
        weak="Forgets the minus in the second sigmoid, so that negatives are pulled in like positives, or averages "
        "the negatives without noticing that this changes the optimum.",
        follow_ups=(
            FollowUp(
                "What if the draw returns the target itself as a negative?",
                "word2vec.c and gensim skip such a draw. If it is kept, the two terms for the target partly cancel, "
                "which matters for frequent words only; and the formula for the optimum then holds exactly, since "
                "it counts made-up pairs that happen to be true.",
            ),
            FollowUp(
                "You replace the sum by the mean over the negatives. What is learned then?",
                r"The same as with $k = 1$: the optimum shifts by $+\log k$ for all pairs. The negatives then serve "
                "only to reduce the noise of the gradient.",
            ),
        ),
        source="[Mikolov et al. 2013, *Distributed Representations of Words and Phrases and their "
        "Compositionality*](https://arxiv.org/abs/1310.4546), equation 4",
        place=(3, "Negative sampling: ask an easier question"),
    ),
    Card(
        name="optimum of negative sampling",
        topic="negative sampling and its noise",
        kind="derive",
        question="Suppose that each pair (context $c$, word $w$) may have a score of its own. Which score minimizes "
        "the expected loss of negative sampling with $k$ negatives from $q$?",
        answer=r"The optimum is $s^\star = \log \frac{\hat p(c, w)}{\hat p(c)\, q(w)} - \log k$. To derive it, count "
        r"how often the pair appears, per pair of the text. As a true one it comes with probability $\hat p(c, w)$. A "
        r"negative has the context of its true pair, and its word is drawn from $q$, so the pair is made up $k\,\hat "
        r"p(c)\,q(w)$ times on average. Its part of the expected loss is $-\hat p(c,w) \log\sigma(s) - k\,\hat "
        r"p(c)\,q(w) \log\sigma(-s)$. Set the derivative to zero: $\hat p(c,w)(1 - \sigma) = k\,\hat "
        r"p(c)\,q(w)\,\sigma$. Since $\sigma/(1-\sigma) = e^s$, the score is the logarithm of true over made up. In "
        r"words: the model estimates the odds that a pair is real. If $q$ is the word frequency $\hat p(w)$, this is "
        r"the pointwise mutual information less $\log k$; with $k = 5$ the shift is {{ log(5) | 1.61 }}. With "
        r"word2vec's noise, $q$ takes the place of $\hat p(w)$. Three caveats. A pair that never meets has the optimum "
        r"$-\infty$, so training pushes it down for as long as it runs. With $d$ dimensions the scores cannot all "
        "reach their optimum: we get a weighted factorization of that table. And the derivation is for one context "
        "word, so skip-gram; CBOW's mean is only a relative.",
        points=(
            "count how often a pair is true and how often made up",
            "derivative zero: the odds are true over made up",
            "PMI − log k if q is the word frequency",
            "with other noise, q replaces p(w)",
            "d dimensions: a low-rank, weighted approximation",
        ),
        weak="States *word2vec factorizes PMI* without the shift, without the noise, and without saying that it "
        "needs enough dimensions.",
        follow_ups=(
            FollowUp(
                "Does a larger $k$ change the ranking of words for a fixed context?",
                r"At the optimum no: $-\log k$ is the same for all pairs. With few dimensions it can, since larger "
                "$k$ changes how the errors are weighted, and with the clipped PPMI it can, since more cells become "
                "zero.",
            ),
            FollowUp(
                "Why does the frequency of the context appear in the denominator?",
                "Because a negative is drawn for the same context: a frequent context appears in many made-up "
                "pairs. Without that factor we would get the log of a joint probability instead of an association.",
            ),
        ),
        source="[Levy & Goldberg 2014, *Neural Word Embedding as Implicit Matrix "
        "Factorization*](https://papers.nips.cc/paper/5477-neural-word-embedding-as-implicit-matrix-factorization)",
        place=(3, "What does it learn?"),
    ),
    Card(
        name="power of three quarters",
        topic="negative sampling and its noise",
        kind="compute",
        question="A corpus has two words, with counts 16 and 1. From which distribution does word2vec draw its "
        "negatives, what does it do to the rare word, and why?",
        answer="It draws from the counts to the power 3/4, normalized. $16^{3/4} = 8$ and $1^{3/4} = 1$, so the "
        "frequent word has probability 8/9, {{ 16**.75 / (16**.75 + 1) | .89 }} instead of its share of {{ 16 / 17 "
        "| .94 }}, and the rare word {{ 1 / (16**.75 + 1) | .11 }} instead of {{ 1 / 17 | .06 }}. So it takes from "
        r"the frequent and gives to the rare. In our speeches *the* is drawn {{ printed(3, r'^the +168290 +[\d.]+ "
        r"+[\d.]+ +([\d.]+)') | .29 }} times as often as it occurs, and *zeal* {{ printed(3, r'^zeal +71 +[\d.]+ "
        r"+[\d.]+ +([\d.]+)') | 2.03 }} times. The power was found by trying; the paper says only that it did better "
        "than the word frequencies and than the uniform distribution. What it does can be said, though. The optimal "
        r"score is $\log \frac{\hat p(c,w)}{\hat p(c)\,q(w)} - \log k$, so against PMI the score of $w$ changes by "
        r"$-\log(q/\hat p)$: *the* gains {{ -log(printed(3, r'^the +168290 +[\d.]+ +[\d.]+ +([\d.]+)')) | 1.23 }}, "
        r"*zeal* loses {{ log(printed(3, r'^zeal +71 +[\d.]+ +[\d.]+ +([\d.]+)')) | .71 }}. That corrects a known "
        "weakness of PMI, which overrates rare words. It is a hyperparameter, not a law, and should be tuned for "
        "other data than text; gensim has it as `ns_exponent`.",
        points=(
            "counts to the power 3/4, then divide by the sum",
            "8/9 and 1/9",
            "frequent words less, rare words more than their share",
            "in the optimum q replaces p(w): rare words score lower",
            "found empirically; tune it for other data",
        ),
        weak="Divides before taking the power and forgets to normalize again, or believes that the power gives rare "
        "words most of the draws.",
        follow_ups=(
            FollowUp(
                "What do the exponents 0 and 1 give?",
                "0 gives uniform negatives, so most of them are rare words; 1 gives the word frequencies, and then "
                r"the optimum is PMI less $\log k$ exactly.",
            ),
            FollowUp(
                "How do you draw from it fast, with millions of words?",
                "With an alias table, in constant time, or a binary search in the cumulative sums. word2vec.c fills "
                "an array with word numbers in proportion to $q$ and picks a random cell.",
            ),
        ),
        source="[Mikolov et al. 2013, *Distributed Representations of Words and Phrases and their "
        "Compositionality*](https://arxiv.org/abs/1310.4546), section 2.2",
        place=(3, "What does it learn?"),
    ),
    Card(
        name="negatives instead of a softmax",
        topic="negative sampling and its noise",
        kind="compare",
        question="Negative sampling, NCE and sampled softmax all draw a few words instead of summing over all $N$. "
        "Are they the same thing? Which would you take if you need probabilities?",
        answer="They are not the same; only two of them aim at the softmax. Sampled softmax keeps the multi-class "
        r"cross-entropy, but the sum runs over the target and the drawn words, with $\log q$ subtracted from their "
        "scores to undo how they were drawn. With more samples it approaches the full softmax. NCE asks *true or "
        r"drawn?*, a logistic regression with the score $s - \log(k\,q(w))$. Because the noise is in the score, its "
        r"optimum is $s = \log p(w \mid c)$: given enough freedom, the scores come out normalized by themselves. "
        r"Negative sampling is NCE with that term left out. Its optimum is $\log\frac{\hat p(c,w)}{\hat p(c)\,q(w)} - "
        r"\log k$, so its scores are associations, and a softmax of them is not the distribution of words. So for "
        "probabilities I take sampled softmax in training and the full softmax at evaluation, or the full one "
        "throughout: on a GPU the scores of a batch against the whole vocabulary are one matrix product, and language "
        "models do just that. For vectors, or for retrieval where I correct for popularity anyway, negative sampling "
        "is fine and simple. The cost is the same for all three: $1 + k$ rows instead of $N$. One caveat: with few "
        "samples the gradient of the sampled softmax is biased, since the logarithm of an estimated sum is, on "
        "average, not the logarithm of the sum; so I check with a larger $k$.",
        points=(
            "sampled softmax: a multi-class loss, corrected by log q",
            "NCE: binary, with log(k q) in the score",
            "negative sampling drops that term and learns PMI − log k",
            "only the first two approximate probabilities",
        ),
        weak="Calls negative sampling an approximation of the softmax, and would read its scores as log-probabilities.",
        follow_ups=(
            FollowUp(
                "In which case do NCE and negative sampling coincide?",
                r"If $k\,q(w) = 1$ for every word, that is uniform noise and $k = N$; then the term that was left "
                r"out is $\log 1 = 0$.",
            ),
            FollowUp(
                r"You trained with negative sampling and now need $p(w \mid c)$. Can you repair it?",
                r"In principle: add $\log q(w)$ to the scores and take a softmax, since $s^\star + \log q(w) + \log "
                r"k = \log \hat p(w \mid c)$. It is only as good as the low-rank fit, and poor for pairs that never "
                "met.",
            ),
        ),
        source="[Dyer 2014, *Notes on Noise Contrastive Estimation and Negative "
        "Sampling*](https://arxiv.org/abs/1410.8251)",
        place=(3, "Negative sampling: ask an easier question"),
    ),
    Card(
        name="every cosine near one",
        topic="negative sampling and its noise",
        kind="debug",
        question="A colleague's training loss falls to nearly 0 within one epoch. Then all cosines between items "
        "are about .99, and every query returns the same items. What has happened?",
        answer="The negatives are missing, or have no effect: the model has collapsed. With positive pairs alone "
        r"the loss is $-\log\sigma(u \cdot v)$, and it can be made as small as you like by turning all vectors into "
        "one direction and making them long. Every pair then scores high, true or not, and nothing is learned about "
        "which pairs belong together. At a score of 10 the loss of a pair is only {{ log1p(exp(-10)) | .00005 }}, "
        "so a loss near zero is itself the alarm: with 5 negatives it starts at {{ 6 * log(2) | 4.16 }} and in the "
        r"workbook's training it ends at about {{ printed(3, r'in the last ([\d.]+)\.$') | 1.7 }}. Negatives are "
        "what makes the task a comparison. So I check, in this order, whether negatives are drawn at all, whether "
        r"their label is 0 and the sign in $\log\sigma(-s)$ is right, whether they are all the same row, such as a "
        "padding index, and whether their gradient reaches the table. A cheap test: shuffle the pairs. If the loss "
        "on shuffled pairs is as low as on true ones, the model does not discriminate. After the repair I watch the "
        "mean score of true and of random pairs, not only the loss. That is a surer sign than the cosines: once all "
        "scores are high the gradient is gone, and in a trial of ours, with long steps, random pairs stopped at "
        "cosines far below 1 although nothing had been learned. And a mild form is normal: trained vectors often "
        "share a direction without a bug.",
        points=(
            "collapse: all vectors in one direction minimize a positive-only loss",
            "negatives make it a comparison",
            "check label, sign, sampling, gradient of the negatives",
            "test: loss on shuffled pairs",
        ),
        weak="Blames the learning rate or too many epochs, and is pleased with the low loss.",
        follow_ups=(
            FollowUp(
                "Some methods, such as BYOL, work without negatives. Why do they not collapse?",
                "They prevent it by other means: a predictor on one side only, a stopped gradient, a slowly moving "
                "target; others, such as VICReg, penalize a low variance directly. Plain positive pairs have none "
                "of these.",
            ),
            FollowUp(
                "The cosines are .6 on average, not .99. Is it a bug as well?",
                "Not by itself. Subtract the mean vector and look again, and compare random pairs with true pairs; "
                "what counts is the gap between them.",
            ),
        ),
        source="[Goldberg & Levy 2014, *word2vec Explained*](https://arxiv.org/abs/1402.3722), section 2, where the "
        "trivial solution is shown",
        place=(3, "Negative sampling: ask an easier question"),
    ),
    Card(
        name="prediction minus truth",
        topic="gradient of CBOW",
        kind="derive",
        question=r"$L = -\log p_t$ with $p = \mathrm{softmax}(s)$. Derive $\partial L / \partial s_w$ for the target "
        "and for every other word, and say what its entries sum to.",
        answer="It is $p_w - y_w$, where $y$ is one-hot: the prediction less the truth. First write the loss as a "
        r"difference, $L = -s_t + \log \sum_j e^{s_j}$. The first term depends on the target's score only and gives "
        r"$-1$ there. The second depends on every score, and its derivative is $e^{s_w} / \sum_j e^{s_j} = p_w$. "
        "Together: $p_t - 1$ for the target, $p_w$ for all others. So the target's score is pushed up, and each "
        "other word's is pushed down in proportion to how strongly the model believed in it. The entries sum to $1 "
        "- 1 = 0$: what the target gains, the others lose, and adding a constant to all scores does not change the "
        r"loss. For example, with scores 0 and $\log 3$, and the first as the target, $p$ is {{ 1 / 4 | .25 }} and "
        "{{ 3 / 4 | .75 }}, and the gradient is {{ 1 / 4 - 1 | −.75 }} and {{ 3 / 4 | .75 }}. Two things are often "
        "confused with it. $-1/p_t$ is the derivative with respect to the probability, before the softmax; "
        "multiplied through its Jacobian it gives the same result. And $p_w(1 - p_w)$ is the derivative of $p_w$ "
        r"itself. The same form, $\sigma(s) - y$, comes out for the logistic loss; both are log-likelihoods with "
        "their canonical link.",
        points=(
            "write the loss as −s_t + log Σ e^s",
            "the log-sum's derivative is p",
            "p − y, for all words, not only the target",
            "sums to zero",
        ),
        weak="Gives a gradient for the target only, since *the other words are not in the loss*, or stops at $-1/p$.",
        follow_ups=(
            FollowUp(
                "How large can an entry be in absolute value?",
                "It stays below 1, since $p$ lies strictly between 0 and 1. That bounded error is one reason why "
                "cross-entropy trains well where squared error on a saturated softmax has hardly any gradient.",
            ),
            FollowUp(
                "The target is a distribution $y$ instead of one word, as with label smoothing. What changes?",
                "Nothing in the form: $p - y$ still holds, because the $y$ sum to 1. The optimum is then $p = y$, "
                "and the scores stay finite.",
            ),
        ),
        source="[Rong 2014, *word2vec Parameter Learning Explained*](https://arxiv.org/abs/1411.2738), section 1",
        place=(3, "Step 1: the scores"),
    ),
    Card(
        name="gradients of a CBOW step",
        topic="gradient of CBOW",
        kind="derive",
        question=r"CBOW with a full softmax: $h = \frac1C \sum_c u_c$, $s_w = v_w \cdot h$, $L = -\log p_t$. Derive "
        "the gradients of the two tables. Which rows change in one step, with our $N$ of 11,835?",
        answer="Start from the error $e_w = p_w - y_w$ of the scores; everything else is the chain rule. For the "
        r"output vectors: only $s_w$ contains $v_w$, and its derivative is $h$, so $\partial L/\partial v_w = e_w\, "
        r"h$. Stacked, that is the outer product of the error and $h$, of shape $N \times d$. The target's error is "
        "negative, so a step against the gradient pulls $v_t$ toward $h$ and pushes the others away, each by its "
        r"$p_w$. For the hidden vector: every score contains $h$, so we sum, $\partial L/\partial h = \sum_w e_w v_w "
        r"= \sum_w p_w v_w - v_t$, the expected output vector less the true one. It is a sum, not a mean. For the "
        r"input vectors: $h$ is a mean, so $\partial L/\partial u_w = \frac{C_w}{C}\,\partial L/\partial h$, with "
        "$C_w$ the number of times that $w$ is in the context; a word that stands there twice gets two shares, all "
        r"other rows get zero. So one step changes all {{ printed(3, r'of ([\d,]+) words in 26,007') | 11,835 }} "
        "rows of the outputs, but at most $C$ rows of the inputs. The softmax costs $N d$ products forward and "
        r"twice that backward, which is why one samples negatives: the same formulas with $\sigma(s) - y$ on $1 + k$ "
        "rows.",
        points=(
            "error p − y first",
            "∂L/∂v = outer product of error and h",
            "∂L/∂h = expected output vector less the true one",
            "inputs: C_w / C of it, zero outside the context",
            "all output rows, few input rows",
        ),
        weak="Writes the error times $v_w$ for the output row, or gives only the target's row a gradient, or "
        "forgets $1/C$.",
        follow_ups=(
            FollowUp(
                "What changes for skip-gram?",
                r"$h$ is one row, $u_t$, and the errors of the $C$ context words add up to $C\,p - \text{counts}$. "
                r"The target's input row gets the whole of $\partial L/\partial h$, without $1/C$.",
            ),
            FollowUp(
                "Check the shapes for $N$ words and $d$ dimensions.",
                r"The error is $(N,)$, $h$ is $(d,)$; $V^\top e$ is $(d,)$ and the outer product $(N, d)$, the "
                "shapes of what they belong to. A transposed result is the usual sign of a mix-up.",
            ),
        ),
        source="[Rong 2014, *word2vec Parameter Learning Explained*](https://arxiv.org/abs/1411.2738), sections 1.2 "
        "and 2",
        place=(3, "Step 3: the hidden vector"),
    ),
    Card(
        name="missing 1/C",
        topic="gradient of CBOW",
        kind="debug",
        question="Your CBOW agrees with gensim's update, but autograd says that the gradient of the input vectors "
        "is wrong, by a factor of exactly 10 in windows with 10 context words. Who is right, and does it matter?",
        answer=r"Autograd is right. $h$ is the mean of the context, so each context word must get $1/C$ of $\partial "
        r"L/\partial h$, once for each time it occurs. word2vec.c, and gensim after it, take the mean going forward "
        r"but add the whole of $\partial L/\partial h$ to each context word going back. The update points in the "
        "right direction and is $C$ times too long. If $C$ were constant, that would be the same as a learning rate "
        "for the input table that is $C$ times as large. But $C$ varies, at the edges of sentences and because the "
        "window is drawn anew for each word: with $n = 5$ it runs from 2 to 10 inside a sentence, so large windows "
        "get up to {{ 10 / 2 | 5 }} times the weight of small ones, relative to the gradient. It is then not the "
        "gradient of the stated loss. Does it matter? İrsoy and colleagues found corrected CBOW level with "
        "skip-gram, and blame the bug for CBOW's poor name. In the workbook's comparison on two million words the "
        "three tests could not tell the two updates apart once each had a learning rate that suits it. The "
        "practical lesson: with the corrected formula the learning rate must be tuned again, and whoever compares "
        "both at one rate measures the rate.",
        points=(
            "h is a mean: each context word gets 1/C",
            "gensim and word2vec.c add the whole gradient",
            "a constant C would only rescale the learning rate",
            "C varies, so windows are weighted differently",
            "retune the learning rate before comparing",
        ),
        weak="Trusts the popular library over the derivation, or mends the formula at the old learning rate and "
        "concludes that the bug was useful.",
        follow_ups=(
            FollowUp(
                "Would the whole gradient be right in some setting?",
                r"Yes, if the forward pass takes the sum: then $\partial h/\partial u_c$ is the identity for each "
                "occurrence. gensim's `cbow_mean=0` takes the sum, but then it divides the update by $C$, so there "
                "the factor is wrong the other way round.",
            ),
            FollowUp(
                "Why does Adagrad hide most of the difference?",
                "It divides a row's steps by the root of its own squared gradients, so a factor that all gradients "
                "of the row share cancels. Only the variation of $C$ remains.",
            ),
        ),
        source="[İrsoy, Benton & Stratos 2021, *Corrected CBOW Performs as well as "
        "Skip-gram*](https://arxiv.org/abs/2012.15332), and [gensim issue "
        "1873](https://github.com/piskvorky/gensim/issues/1873)",
        place=(3, "The bug that many people run"),
    ),
    Card(
        name="a word twice in the context",
        topic="gradient of CBOW",
        kind="debug",
        question="A hand-written CBOW in NumPy trains, but its gradient check fails only in windows where a word "
        "stands twice. The line is `gradient[context] += toward_h / len(context)`. What is wrong?",
        answer="Fancy indexing with `+=` writes each row once, so the repeated word gets one share instead of two. "
        "NumPy reads the rows, adds, and assigns them back; for a repeated index the last assignment wins, and the "
        r"first addition is lost. The mathematics says: $h = \sum_w \frac{C_w}{C} u_w$, so $\partial L/\partial u_w "
        r"= \frac{C_w}{C}\,\partial L/\partial h$, and a word that stands in the context twice gets two shares. In "
        r"the window *to fear* [is] *fear itself* the row of *fear* should get {{ 2 / 4 | .5 }} of $\partial "
        r"L/\partial h$ and gets {{ 1 / 4 | .25 }}; our check reports an error of {{ printed(3, r'off by "
        r"\*\*(\d+)%\*\*') | 50% }} of the largest entry. The remedy is `np.add.at(gradient, context, share)`, which "
        "adds for every index, or a product with a sparse matrix when speed matters; in PyTorch `index_add_` and "
        "the backward pass of `nn.Embedding` add correctly. Two neighbors of this error: dividing by the number of "
        "different words instead of $C$, and dividing by $N$. It does not crash, and the loss still falls, only "
        "repeated words learn too slowly; that is why the test of a gradient must contain the awkward case. The "
        "same trap exists in the output table, when a negative is drawn twice.",
        points=(
            "+= with repeated indices writes once",
            "two occurrences, two shares of 1/C",
            "np.add.at or index_add_",
            "tests must contain a repeated word",
        ),
        weak="Suspects the softmax or the step of the finite differences, because *most windows agree*.",
        follow_ups=(
            FollowUp(
                "Is `index_add_` on a GPU deterministic?",
                "Not in general: parallel additions of floats happen in varying order, so the last digits vary. "
                "`torch.use_deterministic_algorithms(True)` asks for a deterministic version, or an error where "
                "there is none.",
            ),
            FollowUp(
                "Why is `np.add.at` sometimes avoided?",
                "It was very slow in older versions of NumPy, and for large arrays a product with a sparse matrix, "
                "or sorting the indices and summing by segment, can still be faster.",
            ),
        ),
        source="[NumPy, `ufunc.at`](https://numpy.org/doc/stable/reference/generated/numpy.ufunc.at.html), which "
        "describes the unbuffered addition",
        place=(3, "Step 4: the context vectors"),
    ),
    Card(
        name="check of a gradient",
        topic="gradient of CBOW",
        kind="explain",
        question="How do you check a gradient that you derived by hand? For $f(x) = x^3$ at $x = 1$ and a step of "
        ".1, what do the one-sided and the central difference give?",
        answer=r"By central differences in float64: move one coordinate at a time up and down by $\varepsilon$, and "
        r"compare $\frac{f(x + \varepsilon e_i) - f(x - \varepsilon e_i)}{2\varepsilon}$ with my formula. For $x^3$ "
        "at 1 the derivative is 3. The one-sided difference gives {{ (1.1**3 - 1) / .1 | 3.31 }}, the central one "
        "{{ (1.1**3 - .9**3) / .2 | 3.01 }}. The Taylor series says why: in the central difference the terms of "
        r"even order cancel, so the error falls with $\varepsilon^2$ instead of $\varepsilon$. A smaller step is not "
        "always better, since the difference of two nearly equal numbers loses digits: the rounding error grows "
        r"like $10^{-16}/\varepsilon$. Balanced against $\varepsilon^2$ the best step is near $10^{-5}$, for "
        "functions and inputs of size about 1, and leaves an error of about $10^{-10}$ or less. In float32 the "
        "best that the check can reach is several orders of magnitude coarser. I compare relative to the largest "
        "entry, on small random inputs that contain the awkward cases: an edge of the sentence, a repeated word, a "
        "negative drawn twice. And I check against autograd, with the loss written a second time: differences and "
        "formula would share a mistake in the loss itself. Differences need $2Nd$ evaluations for a table, so only "
        "small tables are checked; and at a kink, such as ReLU at zero, a mismatch is not an error.",
        points=(
            "central difference, one coordinate at a time",
            "error ε² against ε",
            "step near 1e-5 in float64: truncation against rounding",
            "awkward cases in the input",
            "a second witness: autograd",
        ),
        weak="Takes the smallest possible step, or moves all coordinates together, or tests a single easy input in "
        "float32.",
        follow_ups=(
            FollowUp(
                "Your check differs from the formula by a constant factor everywhere. What does that suggest?",
                "A normalization: a mean in place of a sum, by the batch, the context or the number of negatives; "
                r"or the division by $\varepsilon$ instead of $2\varepsilon$ in the check itself.",
            ),
            FollowUp(
                "A network has a million parameters. How can you check its gradient still?",
                r"Along a few random directions $r$: compare $\frac{f(x + \varepsilon r) - f(x - \varepsilon "
                r"r)}{2\varepsilon}$ with $\nabla f \cdot r$. It needs two evaluations a direction; a wrong gradient "
                "passes only by chance.",
            ),
        ),
        source="[Stanford CS231n, *Gradient checks*](https://cs231n.github.io/neural-networks-3/#gradcheck)",
        place=(3, "2. The loss, and its gradients"),
    ),
    Card(
        name="softmax gives NaN",
        topic="gradient of CBOW",
        kind="debug",
        question="After some epochs the loss is NaN. The softmax is written as `np.exp(s) / np.exp(s).sum()`, and "
        "the largest score is 1,000. Explain the NaN, and mend it without changing the result.",
        answer="$e^{1000}$ overflows to infinity, and infinity divided by infinity is NaN. In float64 the "
        "exponential overflows above about {{ log(float(np.finfo('float64').max)) | 710 }}, in float32 above {{ "
        "log(float(np.finfo('float32').max)) | 88.7 }}, in float16 above {{ log(float(np.finfo('float16').max)) | "
        "11.1 }}. The remedy is to subtract the largest score first. Adding a constant $c$ to all scores multiplies "
        r"the numerator and the denominator by the same $e^c$, so no probability changes; with $c = -\max s$ the "
        "largest exponential is $e^0 = 1$, the sum is at least 1, and small terms underflow harmlessly to 0. The "
        "maximum must be subtracted in both places. For the loss I would not take the logarithm of that softmax, "
        r"since a probability that underflowed to 0 gives infinity; I use $-s_t + \log\sum_j e^{s_j}$, with the "
        "maximum pulled out of the log-sum. In PyTorch: `F.cross_entropy` on scores, not on probabilities. Then I "
        "ask why a score is 1,000. With vectors of length 10 the largest dot product is {{ 10 * 10 | 100 }}, so "
        "lengths or the learning rate have run away: a smaller rate, gradient clipping, a penalty on the norms, or "
        "cosine with a temperature. A stable softmax hides that symptom, it does not cure it. A sigmoid of each "
        "score is no substitute: these do not sum to 1, and the words would no longer compete.",
        points=(
            "overflow of the exponential, inf / inf",
            "subtract the maximum: the shift cancels",
            "log-sum-exp for the loss",
            "then ask why the scores grew",
        ),
        weak="Clips the scores at some limit, which changes the probabilities and cuts off the gradient, or adds a "
        "small epsilon to the denominator.",
        follow_ups=(
            FollowUp(
                "What does softmax do if all scores are shifted, or all are multiplied by 2?",
                "A shift changes nothing. A factor of 2 is a temperature of one half: the probabilities are squared "
                "and normalized again, so the distribution is sharper.",
            ),
            FollowUp(
                "Does bfloat16 have the same problem as float16?",
                "Not with overflow: it has float32's range of exponents. It has only 8 significant bits, so sums "
                "over a large vocabulary lose precision and are accumulated in float32.",
            ),
        ),
        source="[PyTorch, "
        "`torch.nn.functional.cross_entropy`](https://docs.pytorch.org/docs/stable/generated/"
        "torch.nn.functional.cross_entropy.html), "
        "which takes unnormalized scores",
        place=(3, "Forward, a line at a time"),
    ),
    Card(
        name="why two tables",
        topic="two matrices, which to keep",
        kind="explain",
        question="Word2vec keeps two vectors for each word, one as given and one as found. Why not one table?",
        answer="Because *being similar* and *standing next to each other* are different relations, and one table with "
        r"a dot product would have to express both. With one table the score matrix is $U U^\top$: symmetric, without "
        "negative eigenvalues. A table of PMI scores has many; in our speeches, counts smoothed, about half of its "
        "eigenvalues are negative. A small example: two words that meet each other but never themselves should have "
        r"scores such as $\begin{pmatrix} 0 & 1 \\ 1 & 0 \end{pmatrix}$, with eigenvalues 1 and −1. No single table "
        "gives that with a dot product. Two tables do: take the identity as $U$, and $U$ with its rows exchanged as "
        r"$V$. Goldberg and Levy give a simpler argument: the score of a word with itself would be $\lVert u "
        r"\rVert^2$, never negative, although words rarely stand beside themselves. It depends on the text: in our "
        "speeches rare words hardly ever do, but many frequent ones meet themselves within five places more often than "
        "by chance. Also the loss is not symmetric: the context comes from the text, the words from the noise. All "
        "this is about what can be represented. In trained vectors of few dimensions a word's own output vector often "
        "lies close to its input vector, since similar words share contexts. Many language models tie the tables; "
        "there, layers stand between them.",
        points=(
            "similarity and co-occurrence are different relations",
            "U Uᵀ has no negative eigenvalues, PMI has",
            "own score would be a squared length, never negative",
            "the two roles are trained differently",
        ),
        weak="Says *input layer and output layer*, as if it followed from the drawing of the network.",
        follow_ups=(
            FollowUp(
                "Which of the two does gensim's `model.wv` hold, and where is the other?",
                "The input vectors. The output table is `model.syn1neg` with negative sampling, `model.syn1` with "
                "hierarchical softmax.",
            ),
            FollowUp(
                r"For item-to-item recommendations, is the score $u_i \cdot v_j$ symmetric?",
                r"No: $u_i \cdot v_j$ and $u_j \cdot v_i$ may differ. That can be useful, since a phone calls for a "
                "case more than a case calls for a phone, though with symmetric windows the data hardly hold that "
                "direction.",
            ),
        ),
        source="[Goldberg & Levy 2014, *word2vec Explained*](https://arxiv.org/abs/1402.3722), section 1",
        place=(3, "1. From counts to prediction"),
    ),
    Card(
        name="which table to keep",
        topic="two matrices, which to keep",
        kind="compare",
        question="After training you have input vectors $u$ and output vectors $v$. Which do you ship: $u$, $v$, "
        "their sum, or both?",
        answer="It depends on the question that users ask. For *what is similar*, the usual choice is $u$, which "
        "word2vec and gensim give out, compared by cosine. The sum $u + v$ is what GloVe ships, and the paper "
        r"reports a small gain. It is more than averaging: the dot product of two sums is $u_a \cdot u_b + v_a \cdot "
        r"v_b + u_a \cdot v_b + v_a \cdot u_b$. The first two terms say whether the words have similar contexts, the "
        "last two whether they stand together, so the sum mixes similarity with association. Concatenation keeps "
        "only the first two and doubles the memory: for our words in float32, with a hundred numbers each, {{ 11835 "
        "* 100 * 4 / 1e6 | 4.7 MB }} become {{ 11835 * 200 * 4 / 1e6 | 9.5 MB }}. For *what comes next*, or to "
        r"score a given pair, I need both tables, since training only ever fitted $u \cdot v$; $u \cdot u$ was never "
        "in the loss. Levy, Goldberg and Dagan treat the sum as a hyperparameter, and so do I. In one run on our "
        "speeches, CBOW's two tables and their sum were close on similarity, while skip-gram's outputs fell behind "
        "its inputs. So: choose on a validation set. When I continue training later, both tables must be saved, and "
        "with GloVe the biases too.",
        points=(
            "u for similarity: the usual choice",
            "the sum adds association terms: it is a hyperparameter",
            "u·v for scoring pairs or what comes next",
            "keep both to continue training",
        ),
        weak="Throws away the output vectors as *only needed for training*, and then scores next items by cosine "
        "among inputs.",
        follow_ups=(
            FollowUp(
                "May you add $u$ and $v$ of two different trainings?",
                "No. Each training has its own arbitrary rotation, so coordinates do not correspond; align them "
                "first, with orthogonal Procrustes for instance.",
            ),
            FollowUp(
                "Is $u + v$ sensible if the two tables have very different lengths?",
                "The longer one decides. Scale them to comparable length first, or weight the sum and tune the weight.",
            ),
        ),
        source="[Levy, Goldberg & Dagan 2015, *Improving Distributional Similarity with Lessons Learned from Word "
        "Embeddings*](https://aclanthology.org/Q15-1016/), section 3.3",
        place=(3, "5. Is it any good?"),
    ),
    Card(
        name="substitutes instead of complements",
        topic="two matrices, which to keep",
        kind="debug",
        question="You trained item vectors on shopping baskets and use them for *goes well with this*. For a camera "
        "the list shows ten other cameras, and no bag or memory card. What went wrong, and what do you change?",
        answer="The list ranks by cosine among the input vectors, and that finds items with the same contexts, "
        "which are substitutes. Two cameras are bought with the same bags and cards, so their input vectors are "
        "close although nobody buys both. That is similarity of the second order. *Goes well with* is of the first "
        "order: which items occur together. The model has a score for it, the one that it was trained on, "
        r"$u_{\text{camera}} \cdot v_j$. So I rank by the output vectors, against the input vector of the given "
        r"item. The optimum of that score is the PMI less $\log k$, so very rare items may float to the top; I "
        r"require a minimum count, or add back part of $\log q(j)$. I check with a plain baseline, co-occurrence "
        "counts with a lift, which is often as good where data are dense; the factors help where pairs are rare. "
        "Expect an improvement, no miracle: in few dimensions the two lists overlap, because an item's own output "
        "vector lies near those of its relatives. If cameras still come, filter by category or train on pairs "
        "across categories only. And measure it on held-out baskets: hide one item, and ask for it.",
        points=(
            "u·u: same contexts, substitutes",
            "u·v: occur together, complements",
            "PMI favors rare items: minimum count or add log q",
            "baseline of co-occurrence, test on held-out baskets",
        ),
        weak="Changes the window or the dimension, without seeing that the wrong pair of tables is compared.",
        follow_ups=(
            FollowUp(
                "Can you build one index for approximate search that serves both lists?",
                "Better build two, one of the $v$ rows and one of the $u$ rows; the query is the same vector $u_i$ "
                "for both. A single one is possible: index each item's $u$ and $v$ side by side, and set half of "
                "the query to zero. But rows are twice as long, and a graph built on both halves suits neither "
                "question well.",
            ),
            FollowUp(
                "How does the same show with words, for *fiscal* in the speeches?",
                "Among input vectors its neighbors are words like *budgetary* and *current*, which can stand in its "
                r"place. By $u \cdot v$, in our CBOW, the first is *year*, the word that stands next to it.",
            ),
        ),
        source="[Barkan & Koenigstein 2016, *Item2Vec*](https://arxiv.org/abs/1603.04259)",
        place=(3, "1. From counts to prediction"),
    ),
    Card(
        name="what tying saves",
        topic="weight tying",
        kind="compute",
        question="A language model has a vocabulary of 50,257, width 768, and 124 million parameters in all, with "
        "tied embeddings. How much does tying save? And what is the share of one table in a model with 128,256 "
        "tokens, width 4,096 and 8 billion parameters?",
        answer=r"One table has $50{,}257 \times 768$ = {{ 50257 * 768 / 1e6 | 38.6 }} million parameters. Tying uses "
        "it twice: as the lookup of the input tokens, and transposed as the last layer, which scores every token. "
        "Without tying the model would have {{ 124 + 50257 * 768 / 1e6 | 163 }} million, so tying saves {{ 50257 * "
        "768 / 1e6 / (124 + 50257 * 768 / 1e6) * 100 | 24% }}. In the large model a table has {{ 128256 * 4096 / "
        "1e6 | 525 }} million parameters, only {{ 128256 * 4096 / 8e9 * 100 | 6.6% }}, so there is little to save, "
        "and many large models leave the tables apart. Memory is not all. Press and Wolf found lower perplexity "
        "with tying: the output rows of all tokens get a gradient at every step, while an input row is updated only "
        "when its token occurs, so rare tokens profit from the shared row. It is also a prior: tokens that are "
        "similar as input should be exchangeable as output. The costs: both must have the same width, one set of "
        "rows must serve two purposes, and the scale needs care, since inputs and output weights like different "
        r"sizes; the Transformer paper multiplies the embeddings by $\sqrt{d}$. Compute is not saved: the last layer "
        "still multiplies by all $N$ rows.",
        points=(
            "one table: N × d parameters, used twice",
            "24 % of the small model, under 7 % of the large one",
            "rare tokens get output gradients in their input row",
            "same width and scale are forced",
            "no compute is saved",
        ),
        weak="Says that tying halves the model, or that it makes the softmax faster.",
        follow_ups=(
            FollowUp(
                "Is the gradient of the tied table sparse?",
                "No: the input part touches only the tokens of the batch, but the softmax touches every row, so the "
                "sum is dense. Sparse optimizers for embeddings do not help there.",
            ),
            FollowUp(
                "When would you not tie?",
                "If source and target vocabularies differ, if the table is a small part of the model, or if the "
                "widths differ; a projection between them is the compromise.",
            ),
        ),
        source="[Press & Wolf 2017, *Using the Output Embedding to Improve Language "
        "Models*](https://arxiv.org/abs/1608.05859)",
        place=(3, "1. From counts to prediction"),
    ),
    Card(
        name="tying word2vec",
        topic="weight tying",
        kind="explain",
        question="Language models tie input and output embeddings with success. What happens if you tie the two "
        "tables of skip-gram with negative sampling, where no layers stand in between?",
        answer=r"It fits its task much worse, because with one table the scores are $u_c \cdot u_w$, and all of them "
        r"together $U U^\top$: a symmetric matrix without negative eigenvalues. What it should fit is PMI less $\log "
        "k$. For most pairs that is far below zero, so the model first needs a negative offset for all pairs alike. "
        "Two tables give it easily, with one direction that is positive in $U$ and negative in $V$. One table "
        "cannot: if all vectors share a direction, all scores go up. We tried it on our speeches, five negatives, "
        r"four epochs: the tied loss hardly moved from its start at $6 \log 2$ = {{ 6 * log(2) | 4.16 }}, while with "
        "two tables it fell by more than a fourth. Second, a word's score with itself is its squared length, the "
        "highest that it gives to any vector of that length, whether the text repeats words or not. In a language "
        "model the hidden state comes out of many layers and depends on the whole context, so it need not lie near "
        "the input row of the last token; the layers do the part of the second table. For skip-gram a linear map "
        r"between the two, $u_c^\top M u_w$, does it, or at least a bias; Gulordava and colleagues find tying fine "
        "once the hidden state is decoupled. One caveat: on similarity tests the tied vectors of our trial were not "
        "worse, since there the cosine compares what was trained. A poor predictor may have useful rows.",
        points=(
            "U Uᵀ: symmetric, no negative eigenvalues",
            "most pairs need scores below zero: no common negative offset",
            "own score is the squared length",
            "layers, a map or a bias between replace the second table",
            "loss and similarity tests may disagree",
        ),
        weak="Only says that the tables have different roles, which would be an argument against tying in language "
        "models too.",
        follow_ups=(
            FollowUp(
                "And CBOW with tied tables?",
                "The hidden vector is a mean of several rows, so the pull toward the context's own words is weaker "
                "but of the same kind, and the common negative offset is missing as well.",
            ),
            FollowUp(
                "Would cosine in place of the dot product mend it?",
                "No. The cosine of a word with itself is then always 1, the maximum, so each word is its own best "
                "prediction whatever is learned.",
            ),
        ),
        source="[Gulordava, Aina & Boleda 2018, *How to represent a word and predict it, "
        "too*](https://aclanthology.org/D18-1323/)",
        place=(3, "What does it learn?"),
    ),
    Card(
        name="tree of questions",
        topic="hierarchical softmax",
        kind="explain",
        question="How does hierarchical softmax avoid the sum over $N$ words, what does it cost on our vocabulary "
        "of 11,835 words, and what are its weaknesses?",
        answer="It puts the words at the leaves of a binary tree and replaces one choice among $N$ by yes/no "
        "questions on the path to the leaf. Every inner node $j$ has a vector $v_j$, and the path goes left with "
        r"probability $\sigma(v_j \cdot h)$, right with one minus that. The probability of a word is the product "
        "along its path. Since the two sides of each node sum to 1, the leaves sum to 1 exactly: a true "
        "distribution, without a normalization over $N$. The cost of a training step is the depth. A balanced tree "
        "asks {{ log2(11835) | 13.5 }} questions; Huffman's tree, built on the counts, gives frequent words short "
        r"paths and asks {{ printed(3, r'tree asks ([\d.]+) questions') | 9.4 }} a word of text on average, against "
        r"11,835 scores of the full softmax. The error at each node is again $\sigma - y$. Weaknesses: Huffman joins "
        "words by frequency, not by meaning, so the questions are hard to learn; an error near the root hurts all "
        "words below. There is no vector for a word on the output side, only for nodes. And it is fast only for a "
        "given word: to find the ten most likely ones, the tree must be searched. On GPUs its irregular paths are "
        "slow, so today sampled or full softmax is more common.",
        points=(
            "a path of binary decisions, product of sigmoids",
            "sums to 1 without normalization",
            "log2 N, or fewer on average with Huffman's tree",
            "the tree is by frequency, not meaning",
            "fast for one word, not for the best ten",
        ),
        weak="Says *log N* and stops, without saying why the probabilities sum to 1 or what the tree does to the "
        "model.",
        follow_ups=(
            FollowUp(
                "How many node vectors are there?",
                "$N - 1$: a binary tree with $N$ leaves has one inner node less. So the output table is about as "
                "large as before.",
            ),
            FollowUp(
                "How would you get the top ten without scoring all leaves?",
                "Best-first search: keep open nodes in a heap by the probability so far, which only falls on the "
                "way down, and stop once ten leaves have come out.",
            ),
        ),
        source="[Morin & Bengio 2005, *Hierarchical Probabilistic Neural Network Language "
        "Model*](https://proceedings.mlr.press/r5/morin05a.html), and [Rong 2014](https://arxiv.org/abs/1411.2738), "
        "section 3.1",
        place=(3, "What does it learn?"),
    ),
    Card(
        name="Huffman by hand",
        topic="hierarchical softmax",
        kind="compute",
        question="Four words have the counts 8, 4, 2 and 2. Build Huffman's tree for hierarchical softmax. How many "
        "sigmoids does a training step need on average, and how does that compare with a balanced tree?",
        answer="Join the two rarest again and again. 2 and 2 give a node of 4; this and the word of 4 give 8; this "
        "and the word of 8 give the root, 16. So the paths have the lengths 1, 2, 3 and 3. On average over the text "
        "that is {{ (8 * 1 + 4 * 2 + 2 * 3 + 2 * 3) / 16 | 1.75 }} sigmoids, against 2 in a balanced tree of four "
        "leaves. The average is the sum of the inner nodes' counts over the total: $(4 + 8 + 16)/16$. It cannot be "
        "below the entropy of the words in bits, which here is {{ -sum(c / 16 * log2(c / 16) for c in (8, 4, 2, 2)) "
        "| 1.75 }}; the two agree because all shares are powers of one half, and in general Huffman is less than "
        r"one bit above. In our speeches it is {{ printed(3, r'tree asks ([\d.]+) questions') | 9.4 }} against {{ "
        "log2(11835) | 13.5 }}. Note whom it helps: the rarest words get longer paths than in the balanced tree, "
        "but they are rare. And the paths are what is learned: both words of count 2 share all their questions but "
        "the last, though they may have nothing in common, while the root's vector is updated by every token. So "
        "with a tree by frequency we buy speed with a worse arrangement; a tree built by meaning asks more "
        "questions on average, but questions that are easier to learn.",
        points=(
            "join the two rarest, repeatedly",
            "lengths 1, 2, 3, 3; average 1.75",
            "bounded below by the entropy",
            "rare words get longer paths",
        ),
        weak="Averages the lengths over the four words instead of over the text, which gives 2.25 and makes the "
        "tree look worse than a balanced one.",
        follow_ups=(
            FollowUp(
                "What is the probability of the fourth word in terms of the node vectors?",
                "A product of three sigmoids, one for each node on its path, with the sign of the score given by "
                r"the turn: $\sigma(\pm v_1 \cdot h)\,\sigma(\pm v_2 \cdot h)\,\sigma(\pm v_3 \cdot h)$.",
            ),
            FollowUp(
                "Which parameters does a step on the first word change?",
                "The root's vector, since its path has one node, and the input vectors of the context; no other node.",
            ),
        ),
        source="[Mikolov et al. 2013, *Distributed Representations of Words and Phrases and their "
        "Compositionality*](https://arxiv.org/abs/1310.4546), section 2.1",
        place=(3, "What does it learn?"),
    ),
    Card(
        name="chance to be kept",
        topic="subsampling",
        kind="compute",
        question=r"Word2vec drops tokens of frequent words. With $\theta = 10^{-3}$, what is the chance that one "
        "*the* is kept, if *the* makes up 8.46% of the text? Which words does it leave alone?",
        answer="One *the* stays with a probability of {{ (sqrt(.001 / .0846) + .001 / .0846) * 100 | 12% }}. The "
        r"program's rule is: keep with probability $\min(1, \sqrt{\theta/f} + \theta/f)$, where $f$ is the word's "
        r"share of the text. Here $\theta/f$ is {{ .001 / .0846 | .0118 }}, its root {{ sqrt(.001 / .0846) | .109 "
        "}}, and the sum {{ sqrt(.001 / .0846) + .001 / .0846 | .121 }}. The paper prints another formula: dropped "
        r"with probability $1 - \sqrt{\theta/f}$, which keeps {{ sqrt(.001 / .0846) * 100 | 11% }}; word2vec.c and "
        "gensim have the second term. The difference is small for frequent words and matters at the border. In the "
        r"paper words with $f \le \theta$ are left alone. In the program the border is where $\sqrt x + x = 1$ with "
        r"$x = \theta/f$, so $x$ = {{ ((sqrt(5) - 1) / 2)**2 | .38 }} and $f$ = {{ 1 / ((sqrt(5) - 1) / 2)**2 | 2.6 "
        r"}} $\theta$: rarer words always stay. Three mistakes are common: to use the count in place of the share, "
        "which deletes nearly everything; to forget the minimum with 1; and to turn the fraction upside down, which "
        "drops the rare words. The decision is made anew for each token and each epoch, so no sentence is lost for "
        r"good. In our speeches {{ printed(3, r'Kept: ([\d,]+) of') / printed(3, r'Kept: [\d,]+ of ([\d,]+) words') "
        "* 100 | 71% }} of the tokens remain.",
        points=(
            "keep with min(1, √(θ/f) + θ/f)",
            "f is a share, not a count",
            "the paper has only the square root",
            "rare words always stay",
            "drawn anew for each token",
        ),
        weak="Knows that frequent words are thinned out, but cannot say by how much, or takes the formula for the "
        "chance to be dropped.",
        follow_ups=(
            FollowUp(
                "How does the number of kept tokens of a very frequent word grow with its share?",
                r"Like the square root: $f\sqrt{\theta/f} = \sqrt{\theta f}$. A word that is four times as frequent "
                "is kept twice as often.",
            ),
            FollowUp(
                "Is the noise distribution computed before or after subsampling?",
                "From the counts of the whole text, before, in word2vec.c and gensim. So a frequent word becomes "
                "rarer as a target but not as a negative.",
            ),
        ),
        source="[Mikolov et al. 2013, *Distributed Representations of Words and Phrases and their "
        "Compositionality*](https://arxiv.org/abs/1310.4546), section 2.3",
        place=(3, "4. Training on two million words"),
    ),
    Card(
        name="why thin out",
        topic="subsampling",
        kind="explain",
        question="Why does word2vec drop tokens of frequent words at random? Name the effects besides speed.",
        answer="Because the many tokens of *the* and *of* teach little that is new, and they take up the places of the "
        r"context. Half of our text consists of only {{ printed(3, r'The (\d+) most frequent make up half') | 68 }} "
        r"different words, out of {{ printed(3, r'of ([\d,]+) words in 26,007') | 11,835 }}. There are four effects. "
        r"Speed: with $\theta = 10^{-3}$ the text shrinks to {{ printed(3, r'Kept: ([\d,]+) of') / 1e6 | 1.4 }} of {{ "
        r"printed(3, r'Kept: [\d,]+ of ([\d,]+) words') / 1e6 | 2.0 }} million tokens. Balance: updates are spread "
        "more evenly, so the rows of content words are trained relatively more. Better contexts: in CBOW the mean $h$ "
        "is no longer dominated by a few function words. And wider windows: the dropped words leave no gap, so the "
        "neighbors move together, and a window of 5 reaches words that were further away. Word2vec does it in that "
        "order; if tokens are dropped after the windows are made, the last effect is gone. The PMI of a pair hardly "
        "changes by thinning alone, since the joint count and the product of the two single counts shrink by about the "
        "same factor. When would I leave it out? If function words are what you need, for syntax or authorship; if the "
        "text is small and each token counts; and for items of a shop, where the frequent ones are what people want. "
        r"It is no substitute for choosing $\theta$ on a validation set.",
        points=(
            "frequent words carry little and crowd the context",
            "fewer tokens, faster",
            "more even updates",
            "windows reach farther, because no gap is left",
            "not for every task",
        ),
        weak="Mentions speed only, or mixes it up with the 3/4 noise, which is about negatives.",
        follow_ups=(
            FollowUp(
                "How do subsampling and the noise exponent differ?",
                "Subsampling thins out true tokens, as targets and as context. The exponent changes from which "
                "distribution the made-up words come. Both weaken frequent words, at different places.",
            ),
            FollowUp(
                "Why not just delete stop words?",
                "It is the crude version: all or nothing, with a list for each language, and these words then have "
                "no vector at all. With subsampling they keep one.",
            ),
        ),
        source="[Levy, Goldberg & Dagan 2015, *Improving Distributional Similarity with Lessons Learned from Word "
        "Embeddings*](https://aclanthology.org/Q15-1016/), section 3.1, on dirty subsampling",
        place=(3, "4. Training on two million words"),
    ),
    Card(
        name="threshold from a blog",
        topic="subsampling",
        kind="debug",
        question=r"On a text of 2 million tokens, a colleague sets the subsampling threshold to $\theta = 10^{-5}$, "
        "as for billions of words. Training is fast, and the vectors are poor, even for well-known words with 2,000 "
        "occurrences. Why?",
        answer="Because on a small text such a threshold throws away most occurrences of exactly the words that had "
        r"enough examples. $\theta$ is compared with shares, and the shares of a given word do not depend on the "
        "size of the text, but the number of examples does. A word with 2,000 of 2 million tokens has $f = "
        r"10^{-3}$, so $\theta/f$ is one hundredth, and it is kept with probability {{ (sqrt(.01) + .01) * 100 | 11% "
        "}}: {{ 2000 * (sqrt(.01) + .01) | 220 }} tokens remain in each epoch. Even a word with a tenth of that, {{ "
        "2000 / 10 | 200 }} occurrences, keeps only {{ 200 * (sqrt(.1) + .1) | 83 }}. With billions of words the "
        r"same shares mean millions of occurrences, and the thinning costs nothing. With $\theta = 10^{-3}$ both "
        r"words would keep every token, since both lie below the border of about $2.6\,\theta$. Each epoch draws "
        "anew, so more epochs get some of the examples back, and I would try this as a quick test of the diagnosis. "
        "The windows have changed as well: so many words are gone that a window of 5 spans several clauses. So: "
        r"print the number of tokens kept, set $\theta$ to $10^{-3}$ or $10^{-4}$, and choose on a validation set. "
        "In general, copy the reasons of a setting, not its value.",
        points=(
            "θ is compared with shares",
            "count the tokens that remain: 220 of 2,000",
            "in billions of words enough would be left",
            "windows become much wider",
            "print the kept tokens; tune θ",
        ),
        weak="Suspects the learning rate or the dimension, and does not compute what is left of the text.",
        follow_ups=(
            FollowUp(
                "Which single number in the log would have shown it?",
                "The effective number of tokens: gensim logs that downsampling leaves an estimated corpus of so "
                "many words, with the percentage of the original.",
            ),
            FollowUp(
                "Would more epochs repair it fully?",
                "Partly: other tokens are drawn in each epoch, so all examples come eventually. The wider windows "
                "remain, and the training time that was saved is spent again.",
            ),
        ),
        source="[gensim, `Word2Vec`, parameter `sample`](https://radimrehurek.com/gensim/models/word2vec.html)",
        place=(3, "4. Training on two million words"),
    ),
    Card(
        name="loss of GloVe",
        topic="GloVe",
        kind="explain",
        question="Write down GloVe's loss and explain each part. Which pairs of words does it never see?",
        answer=r"GloVe fits the logarithm of co-occurrence counts by weighted least squares: $L = \sum_{X_{cw} > 0} "
        r"f(X_{cw})\,(u_c \cdot v_w + b_c + b'_w - \log X_{cw})^2$. $X_{cw}$ counts how often the two words meet "
        "within the window, each meeting weighted by one over the distance. The logarithm, because ratios of "
        "probabilities are what tells words apart, and a difference of vectors becomes a difference of logs, that "
        r"is a ratio. The biases absorb how frequent each word is; with $b_c = \log X_c$ and $b'_w = \log X_w$ less "
        "a constant the dot product would be the PMI, though they are learned and need not take these values. The "
        "weight $f$ rises as $(x / 100)^{3/4}$ and stays at 1 from a count of $100$ on: rare counts are noisy, and "
        r"frequent ones should not dominate. The sum runs over pairs that meet; $f(0) = 0$, so that $\log 0$ never "
        "occurs. Hence the pairs that never meet are unseen. In our table they are all but {{ printed(3, r'cells; "
        r"([\d.]+)% are not zero') | 2.4% }} of the cells. Nothing in the loss says that they should score low, "
        "while negative sampling pushes such pairs down. It is trained with Adagrad on the nonzero cells, so after "
        "one pass over the text the cost depends on the number of cells. What is shipped is the sum of the two "
        "tables.",
        points=(
            "least squares on log counts, with biases",
            "f: weight for rare counts, capped at 1",
            "biases absorb frequency, so the product is near PMI",
            "zero cells are not in the loss",
        ),
        weak="Says *GloVe uses global statistics, word2vec local ones*, and cannot write the loss or say what "
        "happens to zeros.",
        follow_ups=(
            FollowUp(
                "Why are there two biases?",
                r"Because $\log X_{cw}$ contains both words' frequencies. Without them the vectors would have to "
                "spend dimensions on frequency.",
            ),
            FollowUp(
                "Is GloVe a matrix factorization?",
                "Yes, a weighted one, of the log counts with row and column offsets, over the observed cells only; "
                "like matrix completion in recommendations.",
            ),
        ),
        source="[Pennington, Socher & Manning 2014, *GloVe: Global Vectors for Word "
        "Representation*](https://aclanthology.org/D14-1162/), section 3",
        place=(3, "What does it learn?"),
    ),
    Card(
        name="weights of GloVe",
        topic="GloVe",
        kind="compute",
        question=r"GloVe weights a cell with count $x$ by $f(x) = \min(1, (x / 100)^{3/4})$. Compute it for $x$ of "
        "1, 10, 100 and 10,000. If a table has 10,000 cells of count 1 and 100 cells of count 100, which group "
        "matters more?",
        answer="The weights are {{ .01**.75 | .032 }}, {{ .1**.75 | .178 }}, 1 and 1. Ten times the count gives {{ "
        "10**.75 | 5.6 }} times the weight, below the cap. The 10,000 cells of count 1 weigh {{ 10000 * .01**.75 | "
        "316 }} together, the 100 cells of count 100 weigh 100. So in sum the rare cells still matter more, since "
        "counts of text have a long tail. Compare a weight proportional to the count: there the two groups would "
        "weigh the same, and one cell of 10,000 as much as all the rare ones. And equal weights would give the rare "
        "cells 100 times the weight of the others. So the power is a compromise, found by trying, like word2vec's "
        "3/4, and the authors call that coincidence interesting. Why a weight at all? The logarithm of a small "
        "count is unreliable: one meeting more turns 1 into 2 and changes the log by {{ log(2) | .69 }}, while at "
        r"100 it is {{ log(101 / 100) | .01 }}. If counts are about Poisson and not tiny, the variance of $\log x$ "
        "is about $1/x$, and least squares would want weights proportional to $x$; the power 3/4 and the cap weaken "
        "that for frequent pairs. The cap matters for function words. It depends on the size of the corpus: in a "
        "text ten times as long, far more cells reach 100, so it should be tuned, and is usually not.",
        points=(
            ".03, .18, 1, 1",
            "rare cells are many: in sum they still weigh more",
            "log of a small count is noisy",
            "the cap limits function words",
            "depends on the size of the corpus",
        ),
        weak="Computes the weights but cannot say why small counts should weigh less in a logarithmic loss.",
        follow_ups=(
            FollowUp(
                "The counts are weighted by distance. Can a cell be below 1?",
                "Yes: two words that meet once at distance five count one fifth, so $f$ is smaller still, and the "
                "logarithm is negative.",
            ),
            FollowUp(
                "What does $f(0) = 0$ do?",
                r"It takes the zero cells out, with $\log 0$; training then costs time in proportion to the nonzero "
                "cells, not to $N^2$.",
            ),
        ),
        source="[Pennington, Socher & Manning 2014, *GloVe: Global Vectors for Word "
        "Representation*](https://aclanthology.org/D14-1162/), section 3, equation 9",
        place=(3, "What does it learn?"),
    ),
    Card(
        name="pieces of a word",
        topic="fastText and unknown words",
        kind="compute",
        question="With pieces of 3 to 6 letters, how many vectors does fastText combine for the word *where*? And "
        "how large is a model with 2 million words, 2 million buckets and 300 dimensions in float32?",
        answer="It combines {{ sum(len('<where>') - n + 1 for n in range(3, 7)) + 1 | 15 }}: 14 pieces and the word "
        "itself. First the word gets marks at both ends, `<where>`, which is 7 characters. That has 5 pieces of "
        "three letters, 4 of four, 3 of five and 2 of six. The marks matter: `her` inside *where* differs from the "
        "word `<her>`. All pieces are hashed into the buckets, so different pieces may share a row. In the paper "
        "the word's vector is the sum, in the library the mean, which differs in length but not in direction. The "
        "model: the input table has 4 million rows, {{ 4e6 * 300 * 4 / 1e9 | 4.8 GB }}, and the output table 2 "
        "million rows, {{ 2e6 * 300 * 4 / 1e9 | 2.4 GB }}, together {{ 6e6 * 300 * 4 / 1e9 | 7.2 GB }}, which is "
        "about the size of the `.bin` files that fastText publishes. The `.vec` file has the finished words only "
        "and cannot make a vector for a new word. To make it smaller: fewer buckets, fewer dimensions, float16, or "
        "product quantization; for lookup only, the output table may go. What it buys: an unknown word has a "
        "vector, and forms such as *railroad* and *railroads* share most of theirs. In languages with many forms "
        "for each word this pays most; in English for frequent words it pays little.",
        points=(
            "marks at both ends; 14 pieces and the word",
            "pieces are hashed into buckets",
            "4.8 GB of inputs, 2.4 GB of outputs",
            ".vec cannot handle unknown words",
        ),
        weak="Counts without the marks, or forgets that the word itself has a row, or thinks that each piece has a "
        "row of its own.",
        follow_ups=(
            FollowUp(
                "Does the output side use pieces as well?",
                "No. Only the input is a combination of pieces; a predicted word has one output row. Otherwise the "
                "softmax and the negatives would be far more expensive.",
            ),
            FollowUp(
                "Ten million different pieces fall into 2 million buckets. How many share one, on average, and is "
                "it a problem?",
                "{{ 10 / 2 | 5 }}. Most are rare, so the row is shaped by its most frequent piece, and a word "
                "averages over many rows; collisions are noise, which more buckets reduce.",
            ),
        ),
        source="[Bojanowski, Grave, Joulin & Mikolov 2017, *Enriching Word Vectors with Subword "
        "Information*](https://arxiv.org/abs/1607.04606), section 3.2",
        place=(3, "What does it learn?"),
    ),
    Card(
        name="unknown words in a search",
        topic="fastText and unknown words",
        kind="design",
        question="A product search embeds the query as the mean of word vectors. 15% of the queries contain a word "
        "that is not in the table: typos, new brands, model numbers. What do you do?",
        answer="I would first split the 15% by cause, because each wants something else. I take a sample of some "
        "hundred such queries and label them. Typos: pieces of words help, since *headphnes* shares most pieces "
        "with *headphones*. I would train fastText on our own queries and titles, or a small text encoder that "
        "reads pieces of words; and compare with a plain spelling correction built from the query log, which is "
        "often enough and easier to explain. New brands: pieces say nothing true about an invented name; its "
        "neighbors will be words that look like it. The remedy is fresh training data, weekly, or a back-off from "
        "the products that carry the name: the mean of their titles' vectors. Model numbers: never by embedding. "
        "`WH-1000XM4` and `WH-1000XM5` are nearly the same for any model of pieces, and the customer means one of "
        "them; exact or prefix match in the lexical index. So the result is a hybrid: lexical search plus vectors, "
        "merged. What I would not do is leave unknown words out in silence, since a query of one unknown word then "
        "gets the zero vector and arbitrary results; nor one shared *unknown* vector. I would measure by cause, "
        "with the click on the right product in the top ten, and separately that known queries do not get worse.",
        points=(
            "split by cause: typos, new names, codes",
            "pieces help typos and inflection",
            "names need fresh data or back-off to their products",
            "codes: exact match, hybrid search",
            "measure for each cause; watch the known queries",
        ),
        weak="Answers *use fastText* for everything, and so finds similar spelling where a meaning was asked for.",
        follow_ups=(
            FollowUp(
                "Why are the fastText neighbors of a rare name mostly words with the same ending?",
                "With few occurrences the context taught little, and the vector is mostly the mean of its pieces. "
                "Words with the same pieces are then close, whatever they mean.",
            ),
            FollowUp(
                "Do transformer encoders solve the problem of unknown words?",
                "They have none in form, since tokens are pieces down to bytes or characters. But a new name is cut "
                "into pieces with other meanings, so that the model knows nothing true about it either; it only "
                "does not fail.",
            ),
        ),
        source="[fastText, *Word representations*](https://fasttext.cc/docs/en/unsupervised-tutorial.html)",
        place=(3, "What does it learn?"),
    ),
    Card(
        name="PMI by hand",
        topic="factorization of PMI",
        kind="compute",
        question="In a million word pairs, context $c$ takes part in 2,000 and word $w$ in 5,000; they meet 40 "
        "times. Compute their PMI and the optimal score with 5 negatives from the word frequencies. What would two "
        "words have that occur once each, together?",
        answer=r"By chance they would meet $2{,}000 \cdot 5{,}000 / 10^6$ = {{ 2000 * 5000 / 1e6 | 10 }} times. They "
        r"meet 40 times, four times as often, so the PMI is $\log 4$ = {{ log(40 * 1e6 / (2000 * 5000)) | 1.39 }}. "
        r"The optimal score of negative sampling is that less $\log 5$: {{ log(40 * 1e6 / (2000 * 5000)) - log(5) | "
        "−.22 }}. It is negative although the words attract each other. Check it by counting: the pair is true 40 "
        r"times, and made up $5 \cdot 2{,}000 \cdot 0.005$ = {{ 5 * 2000 * .005 | 50 }} times, so the share of true "
        "ones is {{ 40 / 90 | .44 }}, just below one half. Two words that occur once each, together, have the PMI "
        r"$\log 10^6$ = {{ log(1e6) | 13.8 }}, far more, on the evidence of one meeting, which may be a misprint. "
        "That is the known weakness: PMI measures strength, not evidence, and rare pairs lead every list. Remedies: "
        "a minimum count; the 3/4 power on the context's frequencies, which raises the denominator for rare words; "
        "a discount such as $x/(x+1)$; or a significance test, the log-likelihood ratio, if a list of collocations "
        "is wanted. A factorization is milder than the raw table, because a single cell can hardly bend a whole "
        "row. In a least-squares SVD, though, such a cell counts as much as a well-founded one.",
        points=(
            "expected 10, observed 40: log 4",
            "minus log k: slightly negative",
            "same by odds: 40 true, 50 made up",
            "rare pairs get the highest PMI; smooth or require counts",
        ),
        weak="Takes the negative score as a sign that the words avoid each other, or forgets that PMI is unreliable "
        "for rare words.",
        follow_ups=(
            FollowUp(
                "Which base of the logarithm is meant?",
                r"Any, used throughout. The shift $\log k$ and the sigmoid go with the natural one; in bits the PMI "
                "here is {{ log2(4) | 2 }}.",
            ),
            FollowUp(
                "What is the PMI of a pair that never meets, and what is done with it?",
                r"$\log 0 = -\infty$. One sets it to zero, as PPMI does; or smooths the counts, which makes the "
                "table dense.",
            ),
        ),
        source="[Church & Hanks 1990, *Word Association Norms, Mutual Information, and "
        "Lexicography*](https://aclanthology.org/J90-1003/)",
        place=(3, "What does it learn?"),
    ),
    Card(
        name="PPMI and SVD",
        topic="factorization of PMI",
        kind="explain",
        question="How do you get word vectors from counts alone, with PPMI and SVD? Is the result the same as what "
        "negative sampling finds?",
        answer="By a truncated SVD of the positive PMI, in four steps; the result is close to what negative sampling "
        "finds, but not the same. Count how often words meet within a window, near ones weighted more. Compute PMI, "
        r"less $\log k$ if you want to imitate $k$ negatives. Replace negative cells by zero: positive PMI, PPMI. "
        r"Factorize by truncated SVD, $U_d \Sigma_d V_d^\top$, and take $U_d \Sigma_d^{1/2}$, or $U_d$ alone, as "
        r"vectors; Levy and colleagues found both better than $U_d \Sigma_d$. The zeros are a decision with a reason: "
        r"{{ 100 - printed(3, r'cells; ([\d.]+)% are not zero') | 97.6% }} of our cells are pairs that never meet, "
        r"where PMI is $-\infty$, so an SVD of PMI itself is impossible. Setting them to 0 keeps the table sparse, and "
        "says *no evidence* instead of *impossible*. It also throws away everything that is known about pairs that "
        "meet less often than by chance. So it is another model than negative sampling, in three ways: the optimum has "
        "negative values, PPMI has none; SVD minimizes the squared error with all cells alike, while negative sampling "
        "weights each cell by how often it is drawn; and a pair that never meets counts as zero in PPMI, while "
        "negative sampling pushes it down. A larger $k$ shifts both, but in PPMI it also erases cells. In practice the "
        "two are close: in our comparison level on both similarity tests, PPMI behind on analogies, and it trains in "
        "one SVD without a learning rate.",
        points=(
            "count, PMI − log k, clip at zero, truncated SVD",
            "clipping: −∞ of unseen pairs, and sparsity",
            "weights of singular values: power 1/2 or 0",
            "not the same optimum: sign, weights, unseen pairs",
        ),
        weak="Says that word2vec *is* an SVD of PMI, and overlooks the clipping and the weights.",
        follow_ups=(
            FollowUp(
                "What happens to the PPMI table as $k$ grows?",
                r"Every cell falls by the growth of $\log k$ and those below zero vanish: the table becomes sparser, "
                "only the strongest associations remain, and rare, unreliable ones are among them.",
            ),
            FollowUp(
                "How large is the SVD? Do you need all singular vectors?",
                "No: a randomized or Lanczos method computes the first $d$ from products with the sparse matrix, so "
                "the work goes with the nonzero cells times $d$.",
            ),
        ),
        source="[Levy & Goldberg 2014, *Neural Word Embedding as Implicit Matrix "
        "Factorization*](https://papers.nips.cc/paper/5477-neural-word-embedding-as-implicit-matrix-factorization), "
        "section 4",
        place=(3, "What does it learn?"),
    ),
    Card(
        name="count or predict",
        topic="counts and prediction",
        kind="compare",
        question="*Predicting models beat counting models.* Is that true?",
        answer="Not as a general statement. Baroni and colleagues reported in 2014 that predicting models won "
        "nearly everywhere. A year later Levy, Goldberg and Dagan gave the counting models the same tricks that "
        r"word2vec has inside: dynamic windows, subsampling, the 3/4 power on contexts, a shift by $\log k$, adding "
        "the two tables. Then the differences were small and went either way; the settings mattered more than the "
        "family. Theory agrees: negative sampling factorizes a shifted PMI table implicitly. In this workbook, on "
        "two million words and all methods tuned, PPMI with SVD is level with CBOW on both similarity tests and "
        r"behind on analogies; WordSim is about {{ printed(3, r'^PPMI \+ SVD +([\d.]+) ±') | .4 }} for both. What is "
        "different is the practice. Counting: one pass, no learning rate, exact for its loss, easy to update or to "
        "explain, since each cell can be looked up. But the table needs memory, up to $N^2$ cells: for our words {{ "
        r"11835**2 | 140,067,225 }}, of which {{ printed(3, r'cells; ([\d.]+)% are not zero') | 2.4% }} are filled; "
        "for a million words it becomes a cluster job. Predicting streams over the text with memory of $2Nd$, goes "
        "on with new data, and takes other inputs, pieces of words or features, which is where it wins today. So I "
        "start with counts as the baseline that a network must beat.",
        points=(
            "2014 claim, 2015 reply: tuned alike they are close",
            "negative sampling is an implicit factorization",
            "counting: one pass, transparent, memory up to N²",
            "predicting: streams, extends to features",
        ),
        weak="Repeats that neural vectors are better, from one comparison in which only they were tuned.",
        follow_ups=(
            FollowUp(
                "Does this hold for language models as well?",
                "No. A transformer is no factorization of pair counts: it depends on order and on the whole "
                "context. The equivalence is about static vectors from pairs.",
            ),
            FollowUp(
                "What would you want to know before you believe a new comparison?",
                "Whether both were tuned on other data than the test, with the same budget, corpus and vocabulary; "
                "how many pairs could be asked; and the interval over pairs, not only over seeds.",
            ),
        ),
        source="[Levy, Goldberg & Dagan 2015, *Improving Distributional Similarity with Lessons Learned from Word "
        "Embeddings*](https://aclanthology.org/Q15-1016/); [Baroni, Dinu & Kruszewski 2014, *Don't count, "
        "predict!*](https://aclanthology.org/P14-1023/)",
        place=(3, "5. Is it any good?"),
    ),
    Card(
        name="fewer numbers, better",
        topic="counts and prediction",
        kind="explain",
        question="A PPMI row has 11,835 numbers a word and loses nothing. Its SVD keeps 100. Why can the shorter "
        "vectors be better at word similarity?",
        answer="Because the cosine of two sparse rows only sees shared contexts, and few dimensions let similar "
        "contexts stand for each other. Take two words, one seen beside *coin*, the other beside *coins*, and never "
        "beside the same word. Their full rows have no common nonzero cell, so the cosine is 0. In the SVD, *coin* "
        "and *coins* have similar columns and load on the same direction, so the two words come close. This is the "
        "same idea as filling in missing cells in a recommender: the low rank forces a generalization. A second "
        "reason is noise: a PPMI cell of a pair that met once is mostly chance, and truncation drops directions "
        "that few cells support. In the workbook everything else was kept alike, and on SimLex the correlation with "
        r"people was {{ printed(3, r'^SimLex-999 +([\d.]+) +[\d.]+ +\+') | .24 }} with 100 numbers and {{ printed(3, "
        r"r'^SimLex-999 +[\d.]+ +([\d.]+) +\+') | .11 }} with all of them; on WordSim about {{ printed(3, "
        r"r'^WordSim-353 +([\d.]+) +[\d.]+ +\+') | .4 }} against {{ printed(3, r'^WordSim-353 +[\d.]+ +([\d.]+) "
        r"+\+') | .3 }}. It does not always hold. Too few dimensions merge what should stay apart, and a task that "
        "needs exact features loses: for telling the era of a speech, all words together were better than each of "
        "the 100-number features that we tried. So the dimension is a regularizer, and is tuned like one.",
        points=(
            "cosine of sparse rows: only shared contexts count",
            "low rank makes similar contexts exchangeable",
            "truncation removes noise of rare cells",
            "measured: better on two tests",
            "too few, or exact features: worse",
        ),
        weak="Says that SVD only saves memory, *at a small loss of quality*.",
        follow_ups=(
            FollowUp(
                "Is the best rank-$d$ approximation in squared error also the best for similarity?",
                "Not necessarily: Eckart–Young is about the error in cells, dominated by large values. That "
                "down-weighting the singular values helps shows that the two goals differ.",
            ),
            FollowUp(
                "How would you choose $d$?",
                "On validation pairs or the task itself, over a grid such as $25, 50, 100, 200$, with an interval; "
                "and look whether the gain is worth memory and latency.",
            ),
        ),
        source="[Landauer & Dumais 1997, *A Solution to Plato's "
        "Problem*](https://doi.org/10.1037/0033-295X.104.2.211), where the effect of the dimension is measured",
        place=(3, "Are few dimensions a loss?"),
    ),
    Card(
        name="vectors by tomorrow",
        topic="counts and prediction",
        kind="design",
        question="You have 2 million words of support tickets, a laptop without a GPU, and until tomorrow. You need "
        "vectors for the words of your field, to suggest synonyms for the search. What do you do?",
        answer="I would make two cheap tables, add a pretrained rival, and let a small test decide. First the text: "
        "remove signatures and templates, since a boilerplate sentence that comes thousands of times makes its words "
        "*similar*; keep error codes as tokens; join frequent phrases such as *log in*. Then table one: counts in a "
        "window, PPMI, SVD to about a hundred dimensions. For a vocabulary of that size, some ten thousand words, it "
        "takes minutes, with no learning rate. Table two: word2vec or fastText, a few epochs, also minutes. At this "
        "size neither family wins reliably. Third, not trained by us: a pretrained encoder or published vectors, which "
        "know general English but not our product names; a good rival for common words. The test: a hundred pairs of "
        "synonyms from colleagues in support, half for choosing settings, half for the report; score by the share "
        "whose partner is among the ten neighbors, with an interval, because 50 pairs alone give about ±{{ 1.96 * "
        "sqrt(.5 * .5 / 50) * 100 | 14 }} points. I expect two traps. Opposites such as *enable* and *disable* come as "
        "neighbors, so no synonym goes live unseen: a person approves the list. And rare words: in our speeches a word "
        "with 10 to 29 occurrences shared only about a quarter of its ten neighbors with a second training from "
        "another seed. So I train twice, and suggest only neighbors that come back.",
        points=(
            "clean the text first: templates, codes, phrases",
            "PPMI + SVD and word2vec are both minutes of work",
            "pretrained vectors as a rival",
            "a small test of own pairs, with an interval",
            "antonyms and rare words: a person approves",
        ),
        weak="Downloads the largest pretrained model and checks it by looking at five favorable examples.",
        follow_ups=(
            FollowUp(
                "Why train with two seeds?",
                "The neighbors that both tables share are carried by the text, the others by the start. It needs no "
                "labels, and it shows directly from which frequency on one can trust a list.",
            ),
            FollowUp(
                "When would you skip training altogether?",
                "If the terms are general English and a sentence encoder finds them; or if the log of queries "
                "already shows which reformulations users try after a failed search, which is the best source of "
                "synonyms.",
            ),
        ),
        source="[Levy, Goldberg & Dagan 2015, *Improving Distributional Similarity with Lessons Learned from Word "
        "Embeddings*](https://aclanthology.org/Q15-1016/), with practical recommendations at its end",
        place=(3, "5. Is it any good?"),
    ),
    Card(
        name="lift by hand",
        topic="factorization of PMI",
        kind="compute",
        question="You circle 40 of our books on the map; 26 of them are science fiction. Compute the lift. How is it "
        "related to PMI, and what is it not?",
        answer="Among all {{ len(books.books) | 2,193 }} books {{ sum('Science fiction' in own for own in "
        "books.books.genres) | 206 }} are science fiction, {{ 100 * sum('Science fiction' in own for own in "
        "books.books.genres) / len(books.books) | 9.4 % }}; among the 40 it is {{ 100 * 26 / 40 | 65 % }}. The lift is "
        "the ratio of the two shares, {{ 26 / 40 / (sum('Science fiction' in own for own in books.books.genres) / "
        "len(books.books)) | 6.9 }}: so many times as often as chance would have it, chance being 40 books drawn from "
        "*all*. Its logarithm, {{ log(26 / 40 / (sum('Science fiction' in own for own in books.books.genres) / "
        "len(books.books))) | 1.9 }}, is the PMI of being chosen and being science fiction: "
        r"$\log\frac{p(a,b)}{p(a)\,p(b)}$. A lift of 1 means no relation, below 1 avoidance, and it is symmetric. It "
        "is not the share among the chosen, which says nothing without the share among all. It is not the ratio to the "
        "books *outside* the circle, the relative risk, which is larger here. It is not the recall, 26 of {{ "
        "sum('Science fiction' in own for own in books.books.genres) | 206 }}, the part that was caught. It is not a "
        "difference of shares either, which is small for every rare trait. And a high lift alone is no evidence: one "
        "book of a circle of two with a link that four books have gives a lift of {{ (1 / 2) / (4 / len(books.books)) "
        "| 274 }} from a single observation. So sort by how surprising the count is, by the hypergeometric "
        "distribution, and show the lift as the size of the effect.",
        points=(
            "share among the chosen by share among all",
            "log of the lift is the PMI",
            "against all, not against the rest; not the recall",
            "large for rare traits by luck: sort by evidence",
        ),
        weak="Gives 65 % as the answer, or sorts by lift, so that traits of two books come first.",
        follow_ups=(
            FollowUp(
                "How large can the lift be?",
                "At most one over the share among all, here {{ len(books.books) / sum('Science fiction' in own for "
                "own in books.books.genres) | 10.6 }}, when all chosen books have the trait. So lifts of traits of "
                "different frequency are hard to compare.",
            ),
            FollowUp(
                "The vectors were trained on these links. What does a lift of a link prove?",
                "Nothing about the vectors: they were made so that books with common links are near. It names the "
                "cluster. To test, use labels that training did not see.",
            ),
        ),
        source="[Church & Hanks 1990, *Word Association Norms, Mutual Information, and "
        "Lexicography*](https://aclanthology.org/J90-1003/)",
        place=(2, "7. First use: nearest neighbors, and the map"),
    ),
]
