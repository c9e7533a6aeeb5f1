"""Cards: what one vector for each word cannot say."""

from embedviz.course.drills.card import Card, FollowUp

CARDS: list[Card] = [
    Card(
        name="static or contextual",
        topic="static and contextual",
        kind="compare",
        question="What is the difference between static word vectors and contextual ones? When would you still use "
        "static ones today?",
        answer="A static vector belongs to a word, a contextual one to an occurrence. Static: one row of a table, "
        "the same in every sentence; word2vec, GloVe, fastText. Contextual: the row is only the input of a network "
        "that reads the sentence, and each occurrence gets its own output vector; ELMo with a recurrent network, "
        "BERT with attention. So *bank* by the river and *bank* with a loan differ. Ethayarajh measured how far "
        "this goes: in all layers of ELMo, BERT and GPT-2, less than a twentieth of the variance of a word's "
        "vectors is explained by the best single vector for it, on average. The price is computation. A static "
        "lookup copies a hundred numbers; for a query of ten words and our table of {{ 11835 * 100 * 4 / 1e6 | 4.7 "
        "MB }} that is a matter of microseconds on any machine, while a transformer runs all its layers for each "
        "text. I use static vectors where there is no context, such as single terms, tags or items of a shop; where "
        "latency or memory rules, on a phone or as a first stage; as a baseline; for the study of a corpus, since "
        "they are trained on just this text and say what it says; and where I need a vector for a word itself. For "
        "sentences, search or classification I start with a sentence encoder, and keep the static baseline to see "
        "what it buys.",
        points=(
            "a vector for each word, or for each occurrence",
            "contextual: a network reads the sentence",
            "cost: lookup against a forward pass",
            "static: no context, tight latency, study of a corpus, items",
            "keep the static baseline",
        ),
        weak="Says that static vectors are obsolete, and does not see that every id embedding in a recommender is a "
        "static vector.",
        follow_ups=(
            FollowUp(
                "Does a transformer contain static vectors?",
                "Yes, its input table: one row for each token, before position and attention. They are trained as "
                "input of that network, not to be compared by cosine, so test them before you use them alone.",
            ),
            FollowUp(
                "How would you get one vector for a word out of a contextual model?",
                "Average its occurrences over many sentences, from a middle or lower layer, and remove the common "
                "mean. Ethayarajh reports that the first principal component of a lower layer did well on word "
                "tests.",
            ),
        ),
        source="[Ethayarajh 2019, *How Contextual are Contextualized Word "
        "Representations?*](https://arxiv.org/abs/1909.00512)",
        place=(3, "One vector for each word"),
    ),
    Card(
        name="raw BERT in a search",
        topic="static and contextual",
        kind="debug",
        question="A team replaces averaged GloVe vectors by the [CLS] output of a pretrained BERT, to search "
        "support articles by cosine. Quality falls. Why, and what do you recommend?",
        answer="Because a pretrained BERT was never trained to make cosines of whole texts meaningful. Its tasks "
        "were to fill masked words and, in the original, to say whether two sentences follow each other. The [CLS] "
        "vector is input for a classifier that is still to be fine-tuned. Reimers and Gurevych measured this: on "
        "similarity of sentences, without fine-tuning, [CLS] was far below averaged GloVe vectors, and the mean of "
        "BERT's outputs was below them too. There is a geometric part: the outputs lie in a narrow cone with a few "
        "dominant coordinates, so that all cosines are high and rank badly; subtracting the mean or whitening helps "
        "some. What I recommend: a model that was trained for retrieval, with pairs and in-batch negatives, such as "
        "a sentence encoder; mean pooling if it was trained so; with the prefixes for query and passage that its "
        "card asks for. Fine-tune on our own pairs, query and clicked article, if we have some thousands. Keep BM25 "
        "in the comparison and as part of a hybrid, since error codes and product names must match exactly. And "
        "find the fault by measurement: recall of the right article among ten, on queries with known answers, for "
        "GloVe, raw BERT, the sentence encoder and BM25. The general lesson is that a vector is good for what it "
        "was trained for; contextual does not mean comparable by cosine.",
        points=(
            "pretrained BERT was not trained for cosines of texts",
            "measured: below averaged GloVe",
            "anisotropy: all cosines are high",
            "take an encoder trained with a contrastive loss",
            "BM25 as baseline and partner",
        ),
        weak="Tries a larger BERT, or another layer, without naming that the training task does not fit.",
        follow_ups=(
            FollowUp(
                "Why can a simple mean of static vectors be a strong baseline?",
                "Similarity of topic is mostly carried by which words occur, and a mean, weighted by rarity, keeps "
                "much of that. It fails where order or negation matters.",
            ),
            FollowUp(
                "How many labeled pairs do you need to fine-tune a retrieval model?",
                "There is no fixed number. Start from a retrieval model and plot recall against the number of "
                "pairs; if the curve is flat from the start, the encoder is not what limits you.",
            ),
        ),
        source="[Reimers & Gurevych 2019, *Sentence-BERT*](https://arxiv.org/abs/1908.10084), table 1",
        place=(3, "Input to another model: a document as the mean of its words"),
    ),
    Card(
        name="CBOW and masked words",
        topic="static and contextual",
        kind="compare",
        question="BERT's pretraining fills a gap, as CBOW does. What exactly do the two tasks share, and what makes "
        "the resulting vectors different?",
        answer="Both hide a word, predict it from the words on both sides, and use cross-entropy over the "
        "vocabulary with an output row for each token: score, softmax, and the error *prediction less truth*. What "
        "differs is how the context becomes the hidden vector. In CBOW, $h$ is the mean of the rows within the "
        "window. The order is lost: swap two context words and $h$ stays the same. Each word contributes the same "
        "whatever stands beside it. In BERT, $h$ is the output of many layers of attention at the masked place; "
        "positions are given, all of the sentence is seen, and what a word contributes depends on the others. So "
        "CBOW must put all it learns into the table, and we keep the table; BERT puts most into the layers, and we "
        "keep the network, which is why its vectors depend on the sentence. Some details. CBOW predicts every token "
        "in turn, with a window that shrinks at the edges; BERT masks about one token in seven at once and computes "
        "the loss for these only, since the layers would otherwise see the answer. BERT cuts rare words into "
        "pieces. And it uses the full softmax over some thirty thousand pieces, while word2vec samples. Roughly, "
        "CBOW is a BERT without positions, with a single layer of uniform attention.",
        points=(
            "same task: predict a hidden token from both sides",
            "CBOW: mean, no order, fixed contribution",
            "BERT: positions and attention, contribution depends on the others",
            "keep the table, or keep the network",
        ),
        weak="Says *BERT is bidirectional*, as if CBOW looked only to the left.",
        follow_ups=(
            FollowUp(
                "Why does BERT not mask one token at a time?",
                "It would need one forward pass for each predicted token. Masking several shares the pass; the "
                "price is that masked tokens cannot see each other.",
            ),
            FollowUp(
                "GPT predicts the next token from the left only. Is it worse for vectors?",
                "For encodings of text, seeing both sides helps at the same size; but large decoder models, adapted "
                "with a contrastive loss, are strong encoders as well. The left-to-right task allows a loss at "
                "every token.",
            ),
        ),
        source="[Devlin, Chang, Lee & Toutanova 2019, *BERT*](https://arxiv.org/abs/1810.04805), section 3.1",
        place=(3, "One vector for each word"),
    ),
    Card(
        name="a row for two meanings",
        topic="polysemy",
        kind="compute",
        question="A word has two meanings whose vectors would be orthogonal, of length 1. 90% of its occurrences "
        "have the first, 10% the second. If its row is about the weighted mean of both, what cosine does it have "
        "with each? What about 50 and 50?",
        answer=r"With these weights the row is $0.9\,a + 0.1\,b$, of length $\sqrt{0.82}$. Its cosine with the "
        "frequent meaning is {{ .9 / sqrt(.82) | .99 }}, with the rare one {{ .1 / sqrt(.82) | .11 }}. So the rare "
        "meaning has almost vanished: a search for its neighbors finds only the frequent one. With equal shares "
        "both cosines are {{ .5 / sqrt(.5) | .71 }}: the row lies between the two, close to neither, and a neighbor "
        "of either meaning with a cosine of its own loses nearly a third. That the row is roughly such a sum has "
        "been derived from a model and tested by Arora and colleagues. Their weights fall less steeply than the "
        "frequencies, so my numbers exaggerate the loss of the rare meaning; it is a model, not a law. What "
        "follows? Neighbor lists show the majority, which is a statement about the corpus, not about the word. "
        "Different meanings can still both be present: in high dimensions the sum of a few directions can be taken "
        "apart again, as that work does with sparse coding. A downstream model can make use of it, since it sees "
        "other words besides. Where it hurts is a lookup of one word, and the triangle effect: *bank* draws *river* "
        "and *loan* together, since both must be near it.",
        points=(
            ".99 and .11: the rare meaning nearly vanishes",
            ".71 each for equal shares",
            "the mean is an approximation",
            "neighbors show the majority of the corpus",
            "unrelated words are drawn together",
        ),
        weak="Says *the vector is the average of the meanings*, and concludes nothing about rare meanings.",
        follow_ups=(
            FollowUp(
                "Would more dimensions solve it?",
                "They make it easier to recover both parts, but a lookup still gives one row and its neighbors. "
                "Only several rows, or a vector that depends on the context, separate them.",
            ),
            FollowUp(
                "Does the same happen with users of a streaming service?",
                "Yes: one vector for a user with two tastes lies between them, and the list may suit neither. "
                "Remedies are several vectors for a user, or attention over the history given the candidate.",
            ),
        ),
        source="[Arora, Li, Liang, Ma & Risteski 2018, *Linear Algebraic Structure of Word "
        "Senses*](https://arxiv.org/abs/1601.03764)",
        place=(3, "One vector for each word"),
    ),
    Card(
        name="telling meanings apart",
        topic="polysemy",
        kind="design",
        question="You have static vectors and a large corpus, no labels, and no transformer. How do you find out "
        "that *interest* has two uses, and give each occurrence a vector? How do you judge it?",
        answer="I represent each occurrence by its context and cluster. For each occurrence of *interest*, take the "
        "mean of the vectors of the words around it, weighted so that frequent words count little, for instance by "
        r"$a / (a + \hat p)$ with a small $a$; scale to length 1; run k-means with two clusters, from several "
        "starts. Then look at which context words set one cluster apart from the other. In our speeches one half of "
        "*interest* has *rate*, *debt* and *bearing*, the other *general*, *common*, *vital*. The center of a "
        "cluster is then the vector of that use, and a new occurrence goes to the nearest center. The number of "
        "clusters is the weak point: k-means always returns two. For some words the cut is between centuries, not "
        "meanings, and for others between topics. So I would judge in three ways: stability, whether two starts or "
        "two halves of the corpus give the same cut; a sample of occurrences labeled by hand, with the agreement "
        "corrected for chance; and a task, whether the search improves when the query's use is known. As a null I "
        "would cluster a word that surely has one meaning, and see how *good* that split looks. With a transformer "
        "I would do the same with its output vectors, since these use order and the whole sentence. Multi-sense "
        "word2vec builds the clustering into training.",
        points=(
            "occurrence = weighted mean of its context",
            "cluster, then describe by telling words",
            "k-means always finds k: not each cut is a meaning",
            "judge by stability, labeled sample, task",
        ),
        weak="Trusts two clusters because they come with plausible words, without a null or a labeled sample.",
        follow_ups=(
            FollowUp(
                "Why weight frequent context words down?",
                "Without weights the mean is dominated by *the*, *of* and *and*, which are the same for all "
                "meanings, so that all occurrences look alike.",
            ),
            FollowUp(
                "How could you choose the number of uses for each word?",
                "By how stable the clusters are over resamples or starts, or with a model that adds a sense only if "
                "an occurrence is far from all centers; and keep one for most words.",
            ),
        ),
        source="[Neelakantan, Shankar, Passos & McCallum 2014, *Efficient Non-parametric Estimation of Multiple "
        "Embeddings per Word*](https://arxiv.org/abs/1504.06654)",
        place=(3, "One vector for each word"),
    ),
    Card(
        name="good beside bad",
        topic="antonyms",
        kind="debug",
        question="A sentiment search built on word2vec returns *bad service* for *good service* among the first "
        "results. Is it a bug? How would you show that it is no accident?",
        answer="It is no bug in the code; it is what the training asks for. A vector holds in which contexts a word "
        "fits, and opposites fit the same ones: prices *increase* and *decrease*, service is *good* or *bad*. Their "
        "contexts differ in little, so their vectors are close. To show that it is systematic I would not quote a "
        "pair, since frequent words have high cosines with many words. I would take a list of opposites that others "
        "chose, compare the cosines with those of synonyms, and with a control: the same first word with random "
        "words that are as frequent as the second. In the workbook, opposites from Google's list have a mean cosine "
        r"of about {{ printed(3, r'opposites, Google.s +\d+ +([\d.]+)') | .3 }}, pairs that people rated most "
        r"similar also about {{ printed(3, r'about the same, by SimLex +\d+ +([\d.]+)') | .3 }}, and the control "
        r"about {{ printed(3, r'opposites, Google.s +\d+ +[\d.]+ +([\d.]+)') | .06 }}. So the vectors know that two "
        "words belong together, not whether they agree. For the search: a sentiment classifier as filter or "
        "feature, or a model fine-tuned with labels, where *good* and *bad* service are a hard negative pair. A "
        "contextual encoder helps less than hoped if it was not trained on such pairs; negation is a known weakness "
        "of sentence vectors too. I would build a test set of contradicting pairs and report it beside recall.",
        points=(
            "opposites fit the same contexts",
            "measure with a list of others and a control for frequency",
            "opposites as close as synonyms",
            "needs labels: classifier, hard negatives",
        ),
        weak="Calls it a training error, and hopes that more data or more dimensions will separate the two.",
        follow_ups=(
            FollowUp(
                "Do smaller or larger windows make it worse?",
                "Small windows reward words that can take each other's place, which opposites can; wide ones reward "
                "a common topic, which they share too. So neither removes it; measure on your own corpus.",
            ),
            FollowUp(
                "Is the difference between *good* and *bad* nowhere in the vectors?",
                "It is partly there: a linear classifier on the vectors can often separate positive from negative "
                "words. It is one direction among many, and the cosine weighs all alike.",
            ),
        ),
        source="[Hill, Reichart & Korhonen 2015, *SimLex-999*](https://arxiv.org/abs/1408.3456)",
        place=(3, "Antonyms"),
    ),
    Card(
        name="pushing opposites apart",
        topic="antonyms",
        kind="design",
        question="You have good static vectors and lists of synonyms and antonyms. Design a cheap way to make "
        "antonyms distant without training anew. What can go wrong?",
        answer="I would move the existing vectors by a small optimization with three terms, as in counter-fitting. "
        "Push: for each antonym pair, a hinge that is zero once their cosine is below a margin such as 0. Pull: for "
        "each synonym pair, a hinge that wants them close. Keep: for each word, its cosines with its old nearest "
        "neighbors should stay as they were, so that the rest of the space is not torn. Gradient steps over a few "
        "thousand pairs take minutes, and the text is not needed. I start from unit vectors and normalize after "
        "each step. What goes wrong? Words outside the lists do not move, except through the *keep* term; so *good* "
        "and *bad* part, while *superb* and *lousy* stay where they are. Lists miss names and field terms. Antonyms "
        "depend on the meaning: *light* against *heavy* or against *dark*. Pushing hard, with little *keep*, "
        "destroys other relations and may improve the very test that was made from the same lists. So I hold out "
        "whole words, not only pairs, test similarity on a set that shares no word with the lists, and look at a "
        "task, such as sentiment with few labels. If labels for the task exist, fine-tuning on them is usually "
        "better spent work. For a model with context: use the lists to make hard negatives in contrastive "
        "fine-tuning, which reaches unseen words through the network.",
        points=(
            "push antonyms, pull synonyms, keep the neighborhood",
            "only listed words move",
            "antonymy depends on the meaning",
            "hold out words; test on another set",
            "fine-tuning on labels if there are some",
        ),
        weak="Multiplies the antonym by −1, or tests the result on the pairs from which it was made.",
        follow_ups=(
            FollowUp(
                "How can the change reach words that are not in the lists?",
                "Learn a map from old to new vectors on the listed words and apply it to all others, a linear map "
                "or a small network with regularization; check on held-out words that it transfers.",
            ),
            FollowUp(
                "Why a hinge with a margin in place of *as far as possible*?",
                "Without a limit the optimum for a pair is a cosine of −1, for which the whole neighborhood has to "
                "pay. Opposites share a topic; we want them apart, not at the other end of the space.",
            ),
        ),
        source="[Mrkšić et al. 2016, *Counter-fitting Word Vectors to Linguistic "
        "Constraints*](https://arxiv.org/abs/1603.00892)",
        place=(3, "Antonyms"),
    ),
    Card(
        name="analogy by hand",
        topic="limits of analogies",
        kind="compute",
        question="Unit vectors: man (1, 0), king (0.6, 0.8), woman (0.96, −0.28), queen (0.28, 0.96), crown (0, 1). "
        "Solve *man is to king as woman is to ?* by hand. What comes out without the usual rule?",
        answer=r"The query is $b - a + c$, king less man plus woman: $(0.6 - 1 + 0.96,\; 0.8 - 0 - 0.28) = (0.56, "
        "0.52)$, of length {{ hypot(.56, .52) | .764 }}. The cosines: king {{ (.6 * .56 + .8 * .52) / hypot(.56, "
        ".52) | .984 }}, queen {{ (.28 * .56 + .96 * .52) / hypot(.56, .52) | .858 }}, man {{ .56 / hypot(.56, .52) "
        "| .733 }}, crown {{ .52 / hypot(.56, .52) | .680 }}, woman {{ (.96 * .56 - .28 * .52) / hypot(.56, .52) | "
        ".513 }}. So without a rule the answer is *king*, one of the words of the question. The usual rule, "
        "3CosAdd, excludes the three given words, and then *queen* wins. That is typical and not a special case: "
        "the offset between two related words is short against the words themselves, so the sum stays near $b$ or "
        "$c$. Part of most published accuracies is due to this exclusion. Details that change answers: scale all "
        "vectors to length 1 before adding, else the longest of the three decides; rank by cosine with the sum, not "
        "by the dot product with unscaled rows, where long vectors of frequent words win; keep the row numbers of "
        "the whole table when you leave rows out; and mind the direction, $b - a + c$, since $a - b + c$ asks the "
        "opposite question. A question with a word outside the vocabulary must be counted as not asked, with the "
        "share reported.",
        points=(
            "king − man + woman, then cosines with all words",
            "without exclusion king wins, .98 against .86",
            "unit vectors before adding",
            "the rule is part of the measured accuracy",
            "report the questions that could not be asked",
        ),
        weak="Subtracts the wrong way round, or reports *queen* without mentioning that three words were forbidden.",
        follow_ups=(
            FollowUp(
                "What does 3CosMul change?",
                r"It multiplies the similarities: $\cos(d, b)\cos(d, c) / (\cos(d, a) + \varepsilon)$, cosines "
                "shifted to be positive. It keeps one large term from deciding alone, and was a little better in "
                "Levy and Goldberg's tests.",
            ),
            FollowUp(
                "Show that 3CosAdd is a sum of three cosines.",
                r"With unit vectors $d \cdot (b - a + c) = \cos(d, b) - \cos(d, a) + \cos(d, c)$, and the length of "
                "the query is the same for all candidates.",
            ),
        ),
        source="[Levy & Goldberg 2014, *Linguistic Regularities in Sparse and Explicit Word "
        "Representations*](https://aclanthology.org/W14-1618/)",
        place=(3, "5. Is it any good?"),
    ),
    Card(
        name="what analogies measure",
        topic="limits of analogies",
        kind="explain",
        question="A model answers 70% of an analogy test. What does that say about the vectors, and what does it "
        "not say?",
        answer="It says that for these relations, with the three given words forbidden, the right word is the "
        "nearest to $b - a + c$. It does not say that the space *understands* relations as constant offsets. Linzen "
        "compared 3CosAdd with simple baselines: for several relations, such as plurals, taking the nearest "
        "neighbor of $c$ alone, without $a$ and $b$, does nearly as well, because the pairs are close anyway and "
        "the excluded words are out of the way. So the first thing I want is that baseline next to the 70%. Second, "
        "the mix: Google's test has far more questions on capitals and on grammar than on family relations, so an "
        "overall figure hides that some relations are near zero. Third, the coverage: a question with an unknown "
        r"word is often left out in silence; for our speeches {{ printed(3, r'^Google analogies +[\d.]+ +\d+ "
        r"+([\d.]+)') * 100 | 74% }} of the questions that we report on cannot be asked. Fourth, dependence: the "
        "same pairs are reused in many questions, so the interval must draw pairs, not questions. And fifth, use: "
        "few applications ask for a fourth word. I would use analogies as a quick check that training works, and "
        "choose models by a task. What is well supported is weaker: some regular, frequent relations, such as "
        "gender of nouns or country and capital, are close to parallel in large corpora, as the theory of PMI "
        "ratios suggests, while others, such as opposites or hypernyms, are not.",
        points=(
            "with exclusion of the three words",
            "baseline: nearest neighbor of c alone",
            "per relation, with coverage",
            "questions share pairs: draw pairs for an interval",
            "weak link to tasks",
        ),
        weak="Takes king − man + woman = queen as proof of reasoning, and knows neither the exclusion nor the "
        "baselines.",
        follow_ups=(
            FollowUp(
                "Why does a parallel offset make sense at all from the view of PMI?",
                "If for every context the ratio of its probabilities is the same for king : man as for queen : "
                "woman, then the differences of their log-probabilities are equal, and so are the differences of "
                "vectors that fit them.",
            ),
            FollowUp(
                "How would you test whether one relation is a constant offset?",
                "Compute $b - a$ for many pairs of the relation and look at the cosines among these differences, "
                "against differences of shuffled pairs.",
            ),
        ),
        source="[Linzen 2016, *Issues in evaluating semantic spaces using word "
        "analogies*](https://arxiv.org/abs/1606.07736)",
        place=(3, "5. Is it any good?"),
    ),
    Card(
        name="doctor and nurse",
        topic="limits of analogies",
        kind="debug",
        question="A report says: *man is to doctor as woman is to nurse*, found with `most_similar` of a library, "
        "so the vectors are sexist. What do you check before you agree?",
        answer="First, which answers were possible. The usual function leaves out the three words of the question, "
        "so *doctor* could not come out, however near it was. Nissim and colleagues showed that with this rule "
        "lifted many famous biased analogies return the word of the question itself: *man is to doctor as woman is "
        "to doctor*. So I run it without the exclusion and print the ten best with their cosines, not the first "
        "only. Second, the control: what are the nearest neighbors of *doctor* alone? If *nurse* is among them, as "
        "it often is, it would come out with *man* in the place of *woman* as well, and then the answer carries no "
        "information about gender. I compare the cosines of *nurse* and *doctor* with the direction from man to "
        "woman, and with several pairs of words, such as *he, she* and *father, mother*, since a single pair has "
        "its own oddities. Third, how the example was chosen: from how many tried? A measure over a fixed list of "
        "occupations, with an interval from permuted words, as WEAT does, is better evidence than a picked "
        "sentence. Fourth, the effect: does a decision that uses these vectors treat people differently? None of "
        "this means that there is no bias; associations of occupations with gender in news text are well "
        "documented. But an analogy with forbidden answers is a poor witness, and a wrong argument for a true thing "
        "does harm.",
        points=(
            "three words were excluded: doctor was impossible",
            "print the list and the cosines, without the rule",
            "control: neighbors of doctor alone",
            "several word pairs, a fixed list, an interval",
            "then look at the effect on decisions",
        ),
        weak="Either repeats the headline, or denies all bias because this one example is weak.",
        follow_ups=(
            FollowUp(
                "What does WEAT measure?",
                "For two sets of target words the difference in mean cosine with two sets of attribute words, "
                "divided by the standard deviation over all target words: an effect size, with a p-value from "
                "permuting the targets.",
            ),
            FollowUp(
                "Does WEAT have weaknesses as well?",
                "Yes: it depends on the chosen word lists, with few words it is noisy, and frequency or other "
                "differences between the lists enter the measure. Report several lists, and what else the direction "
                "measures.",
            ),
        ),
        source="[Nissim, van Noord & van der Goot 2020, *Fair is better than sensational: man is to doctor as woman "
        "is to doctor*](https://arxiv.org/abs/1905.09866)",
        place=(3, "Bias"),
    ),
    Card(
        name="a direction of everything",
        topic="bias in vectors",
        kind="debug",
        question="In vectors of presidential speeches, words such as *education* and *percent* lean to *women*, and "
        "*ships* and *silver* to *men*. A colleague concludes that presidents associate education with women. What "
        "is the flaw?",
        answer="The direction from *men* to *women* holds everything in which their contexts differ, and here that "
        r"is also the time. *Man* and *men* come {{ printed(3, r'\*Man\* and \*men\* come ([\d,]+) times') | 1,896 "
        r"}} times, *woman* and *women* {{ printed(3, r'\*woman\* and \*women\* ([\d,]+) times') | 469 }} times, and "
        r"the mean year of use is about {{ printed(3, r'in the year (\d+) and') | 1922 }} for the former and {{ "
        r"printed(3, r'in the year \d+ and (\d+) on average') | 1981 }} for the latter. *Education* and *percent* "
        "are words of late speeches, *ships* and *silver* of early ones. So the lean may say *spoken of late*, not "
        "*spoken of with women*. I test it: correlate the lean with the mean year of each word. In the workbook the "
        r"rank correlation is moderate, about {{ printed(3, r'mean year is (\S+)\. That') | −.3 }}, so time explains "
        "a tenth of the variance of the ranks or so: it is in it, but most of the direction is something else "
        "again. Next steps: compare within one period only; match words by year and frequency; use several pairs "
        "that define the direction; and count, how often do *education* and *women* really stand in one window? "
        "Counting is the plain check on any story told by a cosine. Two more cautions: with a few hundred "
        "occurrences the vector of *women* is noisy, so repeat with another seed; and the finding is about these "
        "texts, not about people, nor even about what the presidents believed.",
        points=(
            "a direction holds all differences of the contexts",
            "here: time, a confounder",
            "correlate, match, restrict to a period",
            "count co-occurrences as a plain check",
            "few occurrences: repeat with other seeds",
        ),
        weak="Reads the list as an opinion of the speakers, or dismisses it, without testing the rival explanation.",
        follow_ups=(
            FollowUp(
                "How would you take time out of the direction?",
                "Regress the lean on the mean year and look at the residuals, or project out the direction of time "
                "first. Both remove only the linear part, so train on one period as a check.",
            ),
            FollowUp(
                "Why is it a bias as well that women are mentioned less?",
                "A group that is not spoken of has poor vectors or none: rare words have unstable neighbors, and "
                "whatever is built on them works worse for that group.",
            ),
        ),
        source="[Caliskan, Bryson & Narayanan 2017, *Semantics derived automatically from language corpora contain "
        "human-like biases*](https://arxiv.org/abs/1608.07187)",
        place=(3, "Bias"),
    ),
    Card(
        name="projecting bias out",
        topic="bias in vectors",
        kind="explain",
        question="One *debiases* word vectors by removing their component along a gender direction. How is this "
        "done, and does it remove the bias?",
        answer="Take a direction $g$ of length 1, the difference *he* less *she* for instance, or the first "
        "principal component of several such differences. For each word that should be neutral set $w' = w - (w "
        r"\cdot g)\,g$, and scale to length 1. Afterwards $w' \cdot g = 0$: no such word is nearer to *he* than to "
        "*she*, if these two are made symmetric to $g$. That removes what was measured, by construction, and little "
        "more. Gonen and Goldberg showed what remains: words that leaned the same way before still cluster "
        "together, because the other coordinates, too, hold the company that these words keep. *Nurse* is still "
        "near *receptionist*, and a classifier that is trained on the projected vectors recovers the former lean "
        "with high accuracy. So a measure of bias along $g$ falls to zero while the information stays. A single "
        "direction out of a hundred or more is a small cut. Stronger variants remove directions again and again "
        "until no linear classifier finds the attribute, INLP for instance, or in closed form, LEACE; they too "
        "protect only against linear ones, and they take useful information with them. What I would do: define the "
        "harm in the application, measure it on its decisions, by group, and treat it there: data, objective, "
        "thresholds, or not to use such features at all. Projection may be one step; it is no certificate.",
        points=(
            "direction from word pairs; subtract the component",
            "along g the measure is zero by construction",
            "neighbors and classifiers still reveal the lean",
            "iterated removal: linear only, with a cost",
            "measure the harm in the application",
        ),
        weak="Believes that the bias is gone because the chosen measure has become zero.",
        follow_ups=(
            FollowUp(
                "Why must words such as *mother* or *king* be left out of the neutralization?",
                "Because gender belongs to their meaning; removing it would make *mother* and *father* nearly the "
                "same. Which words are neutral is a decision of people, and the hard part of the method.",
            ),
            FollowUp(
                "Show that a classifier cannot find the attribute along $g$, and why it finds it elsewhere.",
                r"After projection $w' \cdot g = 0$ for all, a constant. But other coordinates correlate with the "
                r"former $w \cdot g$, so a linear combination of them still predicts it.",
            ),
        ),
        source="[Gonen & Goldberg 2019, *Lipstick on a Pig*](https://arxiv.org/abs/1903.03862); the method is from "
        "[Bolukbasi et al. 2016](https://arxiv.org/abs/1607.06520)",
        place=(3, "Bias"),
    ),
    Card(
        name="vectors that rank people",
        topic="bias in vectors",
        kind="design",
        question="A job portal matches résumés with openings by the cosine of their text vectors. You are asked "
        "whether it disadvantages women. Design the audit.",
        answer="I would audit the decisions, not the geometry. First the outcome: for each opening the list that "
        "recruiters see, say the first 20; among qualified applicants, which share of women and of men gets on it? "
        "*Qualified* must come from a source other than the score, such as a sample that people judge without seeing "
        "names. I report the difference with an interval that draws openings and applicants anew. For scale: with a "
        "thousand qualified people in each group and a rate near one fifth, the standard error of the difference is {{ "
        "sqrt(2 * .2 * .8 / 1000) * 100 | 1.8 }} points, so a gap of two points may be chance, one of six hardly. "
        "Second, a controlled experiment: take real résumés, change only the name, pronouns, and items such as "
        "*women's chess club*, and see how far the rank moves. It shows how much of a difference these signals cause "
        "by themselves. Third, the proxies: train a classifier that predicts gender from the vectors; if it succeeds, "
        "the information is there, though this alone does no harm. Fourth, sources: are training texts of occupations "
        "skewed, are the clicks of recruiters the labels, and so their habits the target? Remedies in order: remove "
        "irrelevant signals from the input, change labels, constrain or rerank, watch over time, since feedback may "
        "widen a gap. And I would involve lawyers and the people concerned: which fairness criterion applies is not a "
        "question for the modeler alone, and several criteria cannot hold at once if the groups differ in their base "
        "rates.",
        points=(
            "measure outcomes by group among the qualified",
            "interval and power",
            "counterfactual test: change only the signals",
            "proxies in the vectors are possible harm, not harm",
            "labels and feedback as sources",
        ),
        weak="Computes WEAT on the word vectors and calls it an audit of the product.",
        follow_ups=(
            FollowUp(
                "The portal does not store gender. Can you audit it still?",
                "Partly: the controlled experiment needs no such data, and a voluntary survey, or inference from "
                "names with its known errors, allows rough rates. Say clearly how the attribute was obtained.",
            ),
            FollowUp(
                "The counterfactual test shows no effect, but women get on the list less often. How can that be?",
                "The signals that were changed are not the cause. Other features that differ between the groups, "
                "such as gaps in a career or wording, lower the score; whether these are relevant for the job is "
                "the next question.",
            ),
        ),
        source="[De-Arteaga et al. 2019, *Bias in Bios*](https://arxiv.org/abs/1901.09451)",
        place=(3, "Bias"),
    ),
]
