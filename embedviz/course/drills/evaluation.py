"""Cards: how to judge, and how numbers mislead."""

from embedviz.course.drills.card import Card, FollowUp

CARDS: list[Card] = [
    Card(
        name="clicks by place",
        topic="popularity and position bias",
        kind="compute",
        question="Place $r$ of a list is looked at with probability $1/r$. Item A stood at place 1 and got 3,000 "
        "clicks in 10,000 showings; item B stood at place 4 and got 1,250 clicks in 10,000. Which one is better, and "
        "how sure are you?",
        answer="B is better. A click needs a look first and interest second, so the click rate is the probability of a "
        "look times the worth of the item. So divide each click by the probability of its look: A has {{ 3000 / 10000 "
        "* 1 | .30 }}, B has {{ 1250 / 10000 * 4 | .50 }}. That is inverse propensity scoring, unbiased if the "
        "propensities are right: the mean over showings of click divided by propensity has the worth as its "
        "expectation. The price is variance, since one click of B now counts as four. Its standard error is {{ "
        "sqrt((16 * .125 - .5 ** 2) / 10000) | .013 }} against {{ sqrt(.3 * .7 / 10000) | .005 }} for A; the "
        "difference of {{ .5 - .3 | .20 }} is {{ .2 / sqrt((16 * .125 - .5 ** 2 + .3 * .7) / 10000) | 14 }} standard "
        "errors of a difference. It fails where the propensity is zero, because an item that was never looked at "
        "cannot be weighted back, and where the propensities are guessed: they have to be estimated, from random swaps "
        "of places or from the same item seen at several places.",
        points=(
            "click = look and interest, so divide by the probability of a look",
            "A .30, B .50: B is better",
            "unbiased only if the propensities are right and above zero",
            "pays in variance",
        ),
        weak="Compares the click rates, or corrects them without saying where the probability of a look comes from "
        "and what the correction costs in variance.",
        follow_ups=(
            FollowUp(
                "How do you get the probability of a look?",
                "By intervention: swap the items of two places at random for a small share of the traffic; the ratio "
                "of the click rates of the same items at both places is the ratio of the propensities.",
            ),
            FollowUp(
                "One item at place 50 was clicked. What does its weight of 50 do to you?",
                "It counts like fifty clicks at the top, so a few such clicks dominate the estimate. Clip the weights "
                "or normalize by their sum: that brings a little bias and takes away much variance.",
            ),
        ),
        source="[Joachims, Swaminathan & Schnabel 2017, *Unbiased Learning-to-Rank with Biased "
        "Feedback*](https://arxiv.org/abs/1608.04468)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="position as an input",
        topic="popularity and position bias",
        kind="design",
        question="Your ranker is trained on clicks from the lists that it has produced itself. Design the training so "
        "that it does not learn the place instead of the item.",
        answer="Give the model the place in training, in a part of its own, and leave it out when serving. The usual "
        "form has two parts: the ranker sees user and item, a small side model sees place and device, and their logits "
        "are added, or their probabilities multiplied, before the loss. The side part explains the clicks that come "
        "from standing on top, so the main part need not. When serving, the place is not known yet, so only the main "
        "part scores. Two details decide whether it works. First, place and quality go together in the log, since the "
        "old ranker put good items on top: if nothing separates them, the model cannot tell which of the two earned "
        "the click. So randomize the order a little for a small share of the traffic. Second, drop the place at random "
        "in training, so that the main part does not rely on the side part. Then check on the randomized traffic: "
        "among items shown at the same place the main part should rank the clicked ones higher, and at each place both "
        "parts together should predict the click rate that is observed there. Weighting clicks by inverse propensity "
        "is the alternative; it needs an estimate of the probability of a look, and has more variance.",
        points=(
            "place goes into a separate part, left out in serving",
            "logits added or probabilities multiplied",
            "some randomized traffic, else place and quality cannot be told apart",
            "check on randomized traffic",
        ),
        weak="Feeds the place as an ordinary feature and has nothing to feed when serving, or believes that the model "
        "separates place and quality by itself.",
        follow_ups=(
            FollowUp(
                "Why not feed the place as an ordinary feature, and place 1 for everything when serving?",
                "It can work, but then the place interacts with item features, and what comes out for place 1 is "
                "extrapolated for items that never stood there; with a separate part the order does not depend on "
                "which place you feed.",
            ),
            FollowUp(
                "How much traffic do you randomize?",
                "Little, and gently: swapping neighbors in about one request of a hundred costs hardly anything, and "
                "shows how the click rate changes from place to place.",
            ),
        ),
        source="[Zhao et al. 2019, *Recommending What Video to Watch Next*](https://doi.org/10.1145/3298689.3346997), "
        "section on position bias; [Guo et al. 2019, *PAL*](https://doi.org/10.1145/3298689.3347033)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="popularity as a rival",
        topic="popularity and position bias",
        kind="explain",
        question="Why must every table of results for recommenders have a row for popularity, the same list for all?",
        answer="Because interactions are concentrated, and one list for everybody already finds a good part of them; "
        "without that row you cannot tell how much of a result is personal. In our MovieLens data a tenth of the films "
        "has {{ 100 * (lambda c: c[: len(c) // 10].sum() / c.sum())(films.ratings.film.value_counts().to_numpy()) | 43 "
        "% }} of the ratings. In the protocol of a well-known tutorial, which counts hits among the first hundred and "
        'leaves seen films in, popularity has {{ printed(4, r"Popularity alone reaches ([\\d.]+);") | .30 }} and EASE, '
        'a strong method, only {{ printed(4, r"Popularity alone reaches [\\d.]+; EASE has ([\\d.]+)\\.") | .24 }}: it '
        "spends its list on films already seen, which fit best and are no hits. The ratio to popularity on the same "
        "split is easier to compare than a raw number: split by time, and with seen films left out, EASE has {{ "
        'printed(4, r"The split by time gave [\\d.]+, ([\\d.]+) times") | 1.9 times }} the recall of popularity. Add '
        "the popularity of the last days, which is the stronger rival when you train up to one moment and test on what "
        'comes later: an NDCG of {{ printed(4, r"^popularity, last 14 days +(0\\.\\d+) +0\\.000 +0\\.000") | .375 }} '
        'in our data, against {{ printed(4, r"^popularity, all days +(0\\.\\d+) +-0\\.\\d+ +-0") | .315 }} for all '
        "days. Report coverage and the mean popularity of what is shown, too, so that you see when a model has only "
        "learned this list.",
        points=(
            "interactions are concentrated on few items",
            "says how much of a result is personal",
            "reveals a broken protocol",
            "popularity of the last days is the stronger rival",
        ),
        weak="Says that it is good practice, with no idea of how strong popularity is, or forgets recent popularity.",
        follow_ups=(
            FollowUp(
                "A model is level with popularity in recall. Is it useless?",
                "Not necessarily: look at coverage and at users with a rich history; but do not claim personalization "
                "until some group of users gains from it.",
            ),
            FollowUp(
                "How would you measure popularity bias of a model itself?",
                "By the mean popularity of the items shown, the share of the catalog that is shown to anybody, and "
                "both compared with what the same users really chose in the test.",
            ),
        ),
        source="[Cremonesi, Koren & Turrin 2010, *Performance of Recommender Algorithms on Top-N Recommendation "
        "Tasks*](https://doi.org/10.1145/1864708.1864721)",
        place=(4, "7. How published numbers mislead"),
    ),
    Card(
        name="coverage collapsed",
        topic="popularity and position bias",
        kind="debug",
        question="A retrained retrieval model has 2 % more recall@20 offline, but the share of the catalog that it "
        "shows to anybody fell from 34 % to 9 %. What happened, and do you ship it?",
        answer="Very likely the model has moved toward popularity, and I would not ship it before I know why. Recall "
        "counts test interactions, and most of those are with popular items, so a shift toward the head can raise it "
        "while most users see nearly the same list. Look at the training first: was the correction for sampling "
        "changed? With negatives drawn by popularity, popular items are pushed down; with uniform ones, or with the "
        "logQ correction applied, they come up, and applied twice they come up too far. Second, a dot product instead "
        "of a cosine: then the length of an item's vector can act as a prior for everybody. Third, a loss that has no "
        "minimum or a training that diverges: our textbook loss ran away toward popular films, and shows only about "
        '{{ printed(4, r"loss shows only (\\d+)% of the catalog") / 100 | .1 }} of the catalog. Next, split recall by '
        "the popularity of the test item: if the tail lost and the head gained, you see the trade in numbers. Whether "
        "it is acceptable is a product decision: suppliers, freshness and next month's training data all depend on "
        "the tail. Losing three quarters of the coverage for a small gain in recall is seldom a good trade.",
        points=(
            "recall is dominated by the head of the catalog",
            "suspects: sampling of negatives and logQ, norms, divergence",
            "split recall by popularity of the item",
            "less shown now means less data for the tail later",
        ),
        weak="Ships because recall is up, or adds a diversity rule at the end without finding what changed in "
        "training.",
        follow_ups=(
            FollowUp(
                "Which number shows the concentration better than coverage?",
                "The distribution of impressions: their Gini coefficient or entropy, or the share that the top "
                "hundred items get; coverage counts an item shown once like one shown a million times.",
            ),
            FollowUp(
                "And the opposite: coverage is huge and recall poor?",
                "Then the lists are obscure, as with in-batch negatives without logQ: popular items are negatives all "
                "the time, and the score says what is special about a pair rather than what is likely.",
            ),
        ),
        source="[Abdollahpouri et al. 2019, *Managing Popularity Bias in Recommender Systems with Personalized "
        "Re-ranking*](https://arxiv.org/abs/1901.07555)",
        place=(4, "3. The yardstick, before any training"),
    ),
    Card(
        name="ndcg by hand",
        topic="recall, NDCG, MRR",
        kind="compute",
        question="A list of 5 has hits at places 2 and 5; the user has 3 relevant items. Compute DCG, NDCG, recall, "
        "precision and the reciprocal rank.",
        answer="NDCG is {{ (1 / log2(3) + 1 / log2(6)) / (1 + 1 / log2(3) + 1 / log2(4)) | .478 }}. A hit at place $r$ "
        "counts $1/\\log_2(r + 1)$, with places counted from 1, so that the first place counts 1. The hits at 2 and 5 "
        "give a DCG of {{ 1 / log2(3) | .631 }} plus {{ 1 / log2(6) | .387 }}, together {{ 1 / log2(3) + 1 / log2(6) | "
        "1.018 }}. Divide by the best that is possible: all 3 relevant items at the first 3 places, 1 plus {{ 1 / "
        "log2(3) | .631 }} plus {{ 1 / log2(4) | .5 }}, which is {{ 1 + 1 / log2(3) + 1 / log2(4) | 2.131 }}. The base "
        "of the logarithm cancels in the ratio, if it is the same above and below. Recall is 2 of 3, {{ 2 / 3 | .67 "
        "}}; precision 2 of 5, {{ 2 / 5 | .4 }}; the reciprocal rank {{ 1 / 2 | .5 }}, as the first hit is at place 2. "
        "Two caveats: the best list is no longer than the list itself, so with 50 relevant items and 5 places the "
        "ideal has 5 hits. And the ideal counts the relevant items that exist, not those that were found: otherwise a "
        "list with a single hit on top would have a perfect NDCG.",
        points=(
            "discount 1 / log₂(place + 1)",
            "ideal has min(relevant, length) hits on top",
            "NDCG .478",
            "recall 2/3, precision 2/5, reciprocal rank 1/2",
        ),
        weak="Divides by the hits that were found, or takes 1/place as the discount, or gets an infinite first place "
        "from log 1.",
        follow_ups=(
            FollowUp(
                "And with graded relevance, stars for instance?",
                "The hit's 1 becomes a gain, the grade itself or 2 to its power minus 1, and the ideal list sorts by "
                "grade. The two gains give different numbers: say which one you use.",
            ),
            FollowUp(
                "A user has no relevant item at all. What is the NDCG?",
                "Undefined, 0 by 0, so leave the user out of the mean. Some libraries count a 0, scikit-learn for one; "
                "then two reports on the same lists differ, so say what you did.",
            ),
        ),
        source="[Järvelin & Kekäläinen 2002, *Cumulated Gain-Based Evaluation of IR "
        "Techniques*](https://doi.org/10.1145/582415.582418)",
        place=(4, "3. The yardstick, before any training"),
    ),
    Card(
        name="which ranking measure",
        topic="recall, NDCG, MRR",
        kind="compare",
        question="Recall, NDCG, MRR: which one do you judge a retrieval stage by, which one a ranker, which one a "
        "search that answers questions, and why?",
        answer="Recall at the size of the candidate set for retrieval, NDCG at the size of the page for ranking, MRR "
        "where one right answer ends the search. Retrieval hands a few hundred items to a ranker, which sorts them "
        "anew; the order inside is lost, so all that matters is whether the right items are among them: recall@500, "
        "not recall@10. The ranker's order is what the user sees, and attention falls from place to place; NDCG "
        "discounts by the logarithm of the place and looks at all hits. MRR looks at the first hit only: from place 1 "
        "to place 2 it loses half, from place 10 to place 11 only {{ 1 / 10 - 1 / 11 | .009 }}. That suits a known "
        "item, a question with one answer, an address; for a page of ten films it ignores all hits after the first. "
        "All of them average over users or queries, so users with many relevant items count like those with one. None "
        "of them measures value: for that the relevance has to be a purchase, a finished film, or a rating, and NDCG "
        "can carry such grades.",
        points=(
            "retrieval: recall at the size that is handed on",
            "ranking: NDCG at the size of the page",
            "MRR: one right answer, only the first hit",
            "all depend on what counts as relevant",
        ),
        weak="Knows the formulas, but reports NDCG@10 for a retrieval stage whose order nobody sees.",
        follow_ups=(
            FollowUp(
                "Two retrievers have the same recall@500. Does the order inside matter after all?",
                "Yes, if the ranker takes only the first ones when time is short, or uses the retrieval score as a "
                "feature. Then look at recall at several sizes.",
            ),
            FollowUp(
                "Why is MRR noisy?",
                "For each user it takes few values, 1, a half, a third, and jumps by a half when one item moves by "
                "one place at the top; its variance over users is large.",
            ),
        ),
        source="[Manning, Raghavan & Schütze, *Introduction to Information Retrieval*, chapter "
        "8](https://nlp.stanford.edu/IR-book/html/htmledition/evaluation-of-ranked-retrieval-results-1.html)",
        place=(4, "3. The yardstick, before any training"),
    ),
    Card(
        name="denominator of recall",
        topic="recall, NDCG, MRR",
        kind="compute",
        question="Lists hold 20 items. User A has 50 relevant items, 12 of them in the list; user B has 2, one of "
        "them in the list. Give recall, precision and hit rate of both. Two libraries report different recalls: why?",
        answer="Recall depends on the denominator that you choose, and libraries choose differently. By the definition "
        "it is hits divided by relevant items: A has {{ 12 / 50 | .24 }}, B has {{ 1 / 2 | .5 }}. But A cannot get "
        "more than {{ 20 / 50 | .4 }} with 20 places, so some libraries and papers, and this workbook, divide by the "
        "smaller of the two numbers, places and relevant items: A then has {{ 12 / 20 | .6 }}, B stays. The means are "
        "{{ (12 / 50 + 1 / 2) / 2 | .37 }} and {{ (12 / 20 + 1 / 2) / 2 | .55 }} for the same lists. Precision divides "
        "by the length of the list: {{ 12 / 20 | .6 }} and {{ 1 / 20 | .05 }}; B's is low though half was found, as "
        "precision is bounded by how many relevant items there are. The hit rate is 1 for both. And the mean can be "
        "taken over users, or over all pairs together, which gives {{ 13 / 52 | .25 }} here and is dominated by heavy "
        "users. So before you compare with a paper, ask for the denominator, the kind of mean, whether seen items are "
        "left out, and what happens to users without a relevant item.",
        points=(
            "hits by relevant, or by min(relevant, list)",
            ".24 or .6 for A, .5 for B",
            "mean over users or over pairs",
            "check the definition before comparing numbers",
        ),
        weak="Gives one number as the recall and takes the other library's for a bug.",
        follow_ups=(
            FollowUp(
                "Which of the two definitions is better?",
                "With the smaller number below, a perfect list has 1 for everybody, which makes users comparable. The "
                "plain one is better if the question is which part of all relevant items a page shows.",
            ),
            FollowUp(
                "Is the hit rate at 20 a good measure here?",
                "Not very: it saturates. Users with many relevant items nearly always have a hit, so it hardly tells "
                "good methods apart.",
            ),
        ),
        source="[Liang et al. 2018, *Variational Autoencoders for Collaborative Filtering*, section "
        "4](https://arxiv.org/abs/1802.05814)",
        place=(4, "3. The yardstick, before any training"),
    ),
    Card(
        name="ndcg looks perfect",
        topic="recall, NDCG, MRR",
        kind="debug",
        question="A colleague's NDCG@10 is .93, while recall@10 of the same lists is .11. Users have about nine "
        "relevant items each. Which bugs would you look for?",
        answer="The normalization first: very likely the code divides by the ideal of the hits that were found, not of "
        "the relevant items that exist. If one of 9 relevant items is found, at place 1, such an NDCG is 1, and the "
        "right one is {{ 1 / sum(1 / log2(r + 1) for r in range(1, 10)) | .24 }}. It happens by itself when the metric "
        "sees only the returned list with its labels, so that items that were not returned do not exist for it; "
        "scikit-learn's `ndcg_score` does just that if you hand it only the ten, as it sorts the labels it is given to "
        "get the ideal. Second suspect: users without any hit dropped from the mean, since 0 by 0 gave NaN and the "
        "mean skipped it. Third: the NDCG was measured on other lists, with one right item among a few random ones, "
        "while the recall is over the catalog. Hand-made lists find the first two: a single hit on top, with nine "
        "relevant items, must have a small NDCG; a list without a hit must have 0; the best list must have 1, and no "
        "list more. In general, a large NDCG beside a small recall means that the ideal is small: by a bug, or because "
        "the list is much shorter than the number of relevant items.",
        points=(
            "ideal computed from what was found",
            "users without hits fall out as NaN",
            "NDCG on sampled candidates, recall on the catalog",
            "test with hand-made lists: one hit, none, all",
        ),
        weak="Takes it as a sign that the order is excellent, although few items are found.",
        follow_ups=(
            FollowUp(
                "Another colleague's NDCG goes above 1. Why?",
                "The ideal is too small: items that come twice in the list count twice, or the ideal uses fewer "
                "places or another gain than the list does.",
            ),
            FollowUp(
                "Can NDCG be high with a low recall honestly?",
                "If the ideal is cut at the length of the list and there are far more relevant items than places: ten "
                "of a hundred, all in front, have an NDCG of 1 and a plain recall of a tenth.",
            ),
        ),
        source="[scikit-learn, "
        "`ndcg_score`](https://scikit-learn.org/stable/modules/generated/sklearn.metrics.ndcg_score.html)",
        place=(4, "3. The yardstick, before any training"),
    ),
    Card(
        name="three splits",
        topic="leakage and time splits",
        kind="compare",
        question="Compare three splits for a recommender: at random, each user's last fifth, and one moment for all. "
        "Which one do you report?",
        answer="One moment for all, if the question is how the system will do tomorrow; the other two let the model "
        "see what comes later. A random split trains on a user's future to predict the past, and on what others did "
        "later. The last fifth of each user looks like time, but the moments differ: while A is tested on January, B's "
        'training holds March, so the model knows what became popular in between. On MovieLens {{ printed(4, r"And '
        '(\\d+)% of the training ratings") | 38 % }} of the training ratings are later than the median test rating in '
        "that split. One moment is the life of a deployed system, and it shows what the others hide: of {{ printed(4, "
        'r"(\\d+) users have films after it") | 301 }} test users {{ printed(4, r"(\\d+) of them known") | 109 }} are '
        'known and {{ printed(4, r"known, (\\d+) new\\.") | 192 }} new, and popularity of the last days becomes a hard '
        "rival. Its price is fewer test users, and that a season or an event at the one moment may decide; so use "
        "several moments, rolling forward. Scores of different splits cannot be compared, since the test sets differ; "
        "at most compare ratios to a rival on the same split. The split by user remains fair for a question about "
        "taste.",
        points=(
            "random: future predicts past",
            "per user: others' future is in training",
            "one moment: like a deployed system, shows new users and drift",
            "several moments; never compare numbers across splits",
        ),
        weak="Knows that random is bad, but takes each user's last items for a split by time.",
        follow_ups=(
            FollowUp(
                "Your test users are then mostly new. What do you do with them?",
                "Report both groups apart: for new users the fallback and the profile are tested, for known ones the "
                "personalization. A single mean hides which one changed.",
            ),
            FollowUp(
                "How do you tune with such a split?",
                "On an earlier moment: train before it, validate between the two moments, then retrain up to the test "
                "moment with the settings fixed.",
            ),
        ),
        source="[Meng et al. 2020, *Exploring Data Splitting Strategies for the Evaluation of Recommendation "
        "Models*](https://arxiv.org/abs/2007.13237)",
        place=(4, "One moment for all"),
    ),
    Card(
        name="one moment by hand",
        topic="leakage and time splits",
        kind="compute",
        question="Ten ratings come at the times 1, 8, 8, 8, 9, 9, 9, 9, 9 and 10. Split at one moment so that about a "
        "fifth is test. Which ratings are test, and why not the last two rows?",
        answer="Only the rating at 10 is test: one of ten, not two. Sort by time; at least four fifths must lie at or "
        "before the moment, so take the eighth in order, whose time is 9. All that is *later* than 9 is test, and what "
        "has the same time stays in training. Taking the last two rows would divide five ratings of the same moment by "
        "their order in the file: one of them would be test and four training, though nothing says which came first. "
        'In data with coarse time stamps that matters: in MovieLens {{ 100 * films.ratings.duplicated(["user", '
        '"time"], keep=False).mean() | 76 % }} of the ratings share their second with another of the same user. Nor is '
        "it the last fifth of the *time that passed*: that cut lies at 1 plus four fifths of 9, {{ 1 + .8 * 9 | 8.2 "
        "}}, and would make {{ sum(t > 8.2 for t in [1, 8, 8, 8, 9, 9, 9, 9, 9, 10]) | 6 }} of ten test, because "
        "activity is not spread evenly. Three checks for any split: the largest training time is at or before the "
        "moment, the smallest test time after it, and both sides together have every row once, in whatever order the "
        "file was.",
        points=(
            "moment = time of the eighth in order, 9",
            "test is strictly later; equal times stay together",
            "share of ratings, not of elapsed time",
            "sort by time; rows may be in any order",
        ),
        weak="Takes the last rows of the file, or cuts inside a group of equal times, or mixes up the share of "
        "ratings and of time.",
        follow_ups=(
            FollowUp(
                "Ties go to training here. Could they go to test?",
                "Yes, if all of them do; then the test would have six ratings of ten. What matters is that equal "
                "times are on one side.",
            ),
            FollowUp(
                "Labels take a week to become known, as with goods that are returned. What changes?",
                "Leave a gap: training must end a week before the moment, else it uses labels that nobody knew when "
                "the model would have been trained.",
            ),
        ),
        source="[Ji et al. 2020, *A Critical Study on Data Leakage in Recommender System Offline "
        "Evaluation*](https://arxiv.org/abs/2010.11060)",
        place=(4, "One moment for all"),
    ),
    Card(
        name="features that know the answer",
        topic="leakage and time splits",
        kind="debug",
        question="Adding the features 'number of ratings of the film' and 'length of its cast list' raises your "
        "offline NDCG. Why are you suspicious, and how do you find such features in general?",
        answer="Both may know the future. The count was taken over the whole table, so it includes the test period: a "
        "film that became popular later shows it. In the workbook popularity counted up to the moment has an NDCG of "
        '{{ printed(4, r"up to the moment: NDCG ([\\d.]+),") | .32 }}, over the whole table {{ printed(4, r"over the '
        'whole table: NDCG ([\\d.]+)\\.") | .33 }}, a gain that nobody can deploy. The cast list was written years '
        "later, and people write longer lists for films that became famous: its length has a rank correlation of {{ "
        'printed(4, r"rank correlation \\(Spearman\\) (\\.?\\d\\.\\d+)") | .55 }} with the number of viewers. To find '
        "such features ask of each one which value we would have read at the moment of the prediction. Best is a log "
        "of features as they were when served, joined by time; a table with today's state is suspect by default. "
        "Symptoms: one feature carries most of the importance; the gain is larger for old rows than for recent ones; "
        "offline gain and none online. And a test: recompute the feature as of the moment for a sample, and compare. "
        "Target encodings without cross-fitting belong to the same family.",
        points=(
            "counts over all time include the test",
            "facts written after the event know what became of it",
            "ask what was known at prediction time; log features when serving",
            "symptoms: too important, offline gain only",
        ),
        weak="Only looks for the label itself among the columns, and not for values that were written later.",
        follow_ups=(
            FollowUp(
                "You cannot rebuild old values. What now?",
                "Leave the feature out of the evaluation, or start logging it now and evaluate when enough has come "
                "together; report the number without it beside the flattering one.",
            ),
            FollowUp(
                "Why does logging features at serving time solve it?",
                "The value logged is the one that the model saw, with its delay and its gaps, so training and serving "
                "agree by construction, and the future cannot be in it.",
            ),
        ),
        source="[Kapoor & Narayanan 2022, *Leakage and the Reproducibility Crisis in ML-based "
        "Science*](https://arxiv.org/abs/2207.07048)",
        place=(4, "8. Cold start: films that nobody has seen"),
    ),
    Card(
        name="sampled hit rate",
        topic="sampled metrics",
        kind="compute",
        question="A catalog has 10,001 items. For a user the right item has 1,000 items above it. You rank it among "
        "100 sampled negatives. What is the probability that it counts as a hit at 10, and what would it be against "
        "the whole catalog? And if only 500 items are above it?",
        answer="About {{ sum(comb(100, i) * .1 ** i * .9 ** (100 - i) for i in range(10)) | .45 }} in the sampled "
        "metric, and 0 against the whole catalog, since a thousand items come first. Each sampled item stands above it "
        "with probability $1000/10000$, a tenth, so the number above it among 100 is binomial, to a good "
        "approximation, with the mean {{ 100 * .1 | 10 }}; it is a hit if at most 9 are above. With only 500 above it "
        "the probability is {{ sum(comb(100, i) * .05 ** i * .95 ** (100 - i) for i in range(10)) | .97 }}, and 0 "
        "again against the catalog. So a sampled hit at 10 among 100 asks roughly whether the item is in the first "
        "tenth of the catalog; an item in the first thousand of ten thousand is of no use on a page of ten. The metric "
        "cannot tell rank five from rank three hundred, since both are nearly certain hits. It measures how well a "
        "model avoids the bad end rather than what it puts on top. A model that knows only popularity looks "
        "respectable there. Sampling is harmless where the real task has a hundred candidates of this kind, for "
        "example when a ranker gets just these.",
        points=(
            "number above is binomial(100, .1)",
            ".45 sampled, 0 against the catalog",
            "asks whether an item is in the first tenth",
            "cannot tell the top ranks apart",
        ),
        weak="Says that sampling adds noise which averages out over users: the expectation itself is another quantity.",
        follow_ups=(
            FollowUp(
                "Would a thousand negatives instead of a hundred be enough?",
                "It moves the question from the first tenth to the first hundredth of the catalog: better, still not "
                "the first ten of ten thousand. Only as the sample approaches the catalog does it become the true "
                "metric.",
            ),
            FollowUp(
                "Does it help to sample the negatives by popularity?",
                "It makes the negatives harder and punishes models of popularity, but it is again another quantity, "
                "which now depends on the popularity estimate too.",
            ),
        ),
        source="[Krichene & Rendle 2020, *On Sampled Metrics for Item "
        "Recommendation*](https://doi.org/10.1145/3394486.3403226)",
        place=(4, "7. How published numbers mislead"),
    ),
    Card(
        name="sampled order turns",
        topic="sampled metrics",
        kind="explain",
        question="Why can a sampled metric change which of two methods wins, even with infinitely many users?",
        answer="Because its expectation is another function of the rank. Take one sampled negative and $N$ items: the "
        "right item, at rank $r$, has $r - 1$ items above it, so it loses with probability $(r-1)/(N-1)$. Whatever the "
        "metric gives for first and second place, its expectation is linear in $r$: it is the average rank, or AUC, in "
        "disguise. With a hundred samples it lies between that and the true metric: the steep top of NDCG is smeared "
        "over the first percent or so of the catalog. Now let method X put half of the right items at rank 1 and the "
        "others at rank $5000$ of $10000$, and Y all at rank $100$. On a page of ten X has a hit rate of a half, Y of "
        "0. By AUC X has {{ 1 - (0 + 4999) / 2 / 9999 | .75 }}, Y {{ 1 - 99 / 9999 | .99 }}: Y wins by far. More users "
        "do not help, as this is no noise. In the workbook close rivals change places between the two protocols, and "
        "popularity has a larger share of the best score in the sampled one. So rank the whole catalog; it is one "
        "matrix product.",
        points=(
            "expected sampled metric is a different function of rank",
            "one negative: linear in rank, which is AUC",
            "example in which the order turns",
            "more users do not help; rank everything",
        ),
        weak="Explains it by variance, or thinks that sampling flatters all methods alike and so keeps their order.",
        follow_ups=(
            FollowUp(
                "Is the sampled metric monotone in the rank of a single item?",
                "Yes, in expectation: a better rank never lowers it. But methods differ in the *distribution* of "
                "ranks, and there the weighting of the ranks decides.",
            ),
            FollowUp(
                "Can the true metric be estimated from a sample after all?",
                "Krichene and Rendle give corrected estimators that lower the bias at the cost of variance; with "
                "small samples that variance is large. An exact rank is usually cheaper.",
            ),
        ),
        source="[Krichene & Rendle 2020, *On Sampled Metrics for Item "
        "Recommendation*](https://doi.org/10.1145/3394486.3403226)",
        place=(4, "7. How published numbers mislead"),
    ),
    Card(
        name="exact metrics at ten million",
        topic="sampled metrics",
        kind="design",
        question="A team samples negatives, since ranking 10 million items for 50,000 test users is too slow. Vectors "
        "have 64 dimensions. Is it really too slow? Design the evaluation.",
        answer="No: the exact ranks are one matrix product, seconds on a GPU. Scores take 2 operations for each "
        "dimension, item and user: {{ 2 * 64 * 1e7 * 5e4 / 1e12 | 64 }} trillion. At 10 trillion a second, which a "
        "data-center GPU sustains, that is some {{ 2 * 64 * 1e7 * 5e4 / 1e13 | 6.4 }} seconds of arithmetic; in "
        "practice reading and the top 20 cost several times that. The score matrix would have {{ 1e7 * 5e4 * 4 / 1e12 "
        "| 2 TB }} in float32, so go block by block: a thousand users against a million items at a time, mask the "
        "items seen, keep the running top twenty, drop the rest. For a rank rather than a list, count how many scores "
        "are above that of the right item: no sorting. If it must be cheaper, sample *users*, not items: that leaves "
        "the metric unbiased, and its error is known: with two thousand users and a standard deviation of recall over "
        "users of three tenths, say, the standard error is {{ .3 / sqrt(2000) | .007 }}. For a model too costly to run "
        "on all items, a cross-encoder for instance, evaluate what is deployed: retriever and ranker together on the "
        "candidates that the retriever returns, with everything it missed counted as missed.",
        points=(
            "2·d·N·users operations: seconds on a GPU",
            "in blocks, with a running top k",
            "sample users rather than items",
            "a costly ranker is judged on the retrieved candidates, misses counted",
        ),
        weak="Accepts the sampling of items, or proposes an approximate index for evaluation without measuring what "
        "it loses.",
        follow_ups=(
            FollowUp(
                "May you evaluate with the approximate index that you serve with?",
                "As a second number, yes: it is what users get. But then recall of the index and recall of the model "
                "are mixed; report both, so that you know which of them to improve.",
            ),
            FollowUp(
                "What if two items have the same score?",
                "Then the rank depends on the order of the items. Count ties as half, or break them at random; a "
                "model that gives everything the same score must not come out at rank 1.",
            ),
        ),
        source="[Cañamares & Castells 2020, *On Target Item Sampling in Offline Recommender System "
        "Evaluation*](https://doi.org/10.1145/3383313.3412259)",
        place=(4, "7. How published numbers mislead"),
    ),
    Card(
        name="offline up, online flat",
        topic="offline-online gap",
        kind="debug",
        question="NDCG@20 of the new model is 6 % higher offline. The A/B test shows no change in clicks. In which "
        "order do you look?",
        answer="First whether users got the model, then whether the test could have seen a change, and only then "
        "whether the offline number was right. One: log what was shown and compare it with the lists computed offline "
        "for the same users. Differences are skew: a history built in another way, missing features, an old index, "
        "filters after retrieval. How many lists changed at all? If a ranker behind it puts nearly the same items on "
        "the page, a better retriever hardly shows. Two: power. With one user in twenty clicking, an effect of one "
        "percent of that needs {{ 16 * .05 * .95 / .0005 ** 2 / 1e6 | 3 million }} users in each arm; 'no change' may "
        "be an interval from minus two to plus two percent. Three: the offline measure. Look for a random or per-user "
        "split, features that know the future, sampled negatives, a missing row for popularity. Four, what remains "
        "when all of that is right: the log holds what the old system showed. An item that was never shown can hardly "
        "be a hit, so offline numbers favor models that resemble the old one, and they count agreement with past "
        "choices, not what would have been chosen. And clicks may not be what the model improved: look at watch time "
        "and returning users.",
        points=(
            "compare lists served with lists computed offline",
            "power of the experiment",
            "leaks and splits of the offline number",
            "logs are biased toward what the old system showed",
        ),
        weak="Jumps to the theory of biased logs before checking that the lists served are the lists evaluated.",
        follow_ups=(
            FollowUp(
                "How would you test for skew systematically?",
                "Replay: take logged requests, compute vectors and lists by the offline code, and alarm on the share "
                "of requests whose lists differ.",
            ),
            FollowUp(
                "Offline was level, online it is clearly better. Possible?",
                "Yes: it finds items that the old system never showed, which the log cannot reward. So do not let a "
                "small offline loss alone kill a model that changes the lists a lot.",
            ),
        ),
        source="[Garcin et al. 2014, *Offline and Online Evaluation of News Recommender Systems at "
        "swissinfo.ch*](https://doi.org/10.1145/2645710.2645745)",
        place=(4, "At the whiteboard"),
    ),
    Card(
        name="users for a test",
        topic="offline-online gap",
        kind="compute",
        question="5 % of users click. You hope for a relative gain of 2 %. How many users does an A/B test need, at a "
        "significance level of 5 % and a power of 80 %? Where does the formula come from?",
        answer="About {{ 16 * .05 * .95 / .001 ** 2 | 760,000 }} in each arm. The absolute change is {{ .05 * .02 | "
        ".001 }}. The difference of two rates from $n$ users each has the variance $2p(1-p)/n$. To be found at the "
        "two-sided 5 % level in four of five cases, the true difference must be {{ 1.96 + .84 | 2.8 }} standard "
        "errors: $1.96$ for the level and $0.84$ for the power. So $n = 2 \\cdot 2.8^2\\, p(1-p)/\\delta^2$, and twice "
        "the square of that is {{ 2 * 2.8 ** 2 | 15.7 }}, hence the rule of 16. It grows with the inverse square: half "
        "the gain needs four times the users. For a relative change $\\rho$ it is $16(1-p)/(p\\rho^2)$, so rare events "
        "are costly: if one user in a hundred clicks it is {{ 16 * .99 / .01 / .02 ** 2 / 1e6 | 4.0 million }}. What "
        "helps is a covariate from before the test, which removes the variance that it explains; a measure with less "
        "variance; and counting only users whom the change can affect. What does not help is looking every day and "
        "stopping as soon as it is significant. The unit must be the user if users were assigned, since clicks of one "
        "user depend on each other.",
        points=(
            "absolute change .001",
            "16 p(1 − p)/δ², 760,000 an arm",
            "16 = 2 (1.96 + .84)²",
            "inverse square; unit is the user; no peeking",
        ),
        weak="Knows a calculator, but mixes relative and absolute change, or counts page views as independent.",
        follow_ups=(
            FollowUp(
                "You have 100,000 users in each arm. Which change can you see?",
                "Turn it round: the root of 16 p(1 − p)/n is an absolute {{ sqrt(16 * .05 * .95 / 100000) | .0028 }}, "
                "a relative {{ 100 * sqrt(16 * .05 * .95 / 100000) / .05 | 5.5 % }}.",
            ),
            FollowUp(
                "A covariate has a correlation of .7 with the outcome. What does it save?",
                "The variance falls by the square of the correlation, to {{ 1 - .7 ** 2 | .51 }} of it: half of the "
                "users do.",
            ),
        ),
        source="[Kohavi, Longbotham, Sommerfield & Henne 2009, *Controlled Experiments on the Web: Survey and "
        "Practical Guide*](https://doi.org/10.1007/s10618-008-0114-1); [Deng, Xu, Kohavi & Walker 2013, *Improving the "
        "Sensitivity of Online Controlled Experiments by Utilizing Pre-Experiment "
        "Data*](https://doi.org/10.1145/2433396.2433413)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="absolute or squared error",
        topic="offline-online gap",
        kind="derive",
        question="Pairs have labels $y$, a rating or a dwell time. Derive the gradients of $|\\mathbf u \\cdot "
        "\\mathbf v - y|$ and of $(\\mathbf u \\cdot \\mathbf v - y)^2$, mean over a batch of $B$. What does each aim "
        "at, and which one would you train and report?",
        answer="The absolute error has the gradient $\\operatorname{sign}(s - y)/B$ with respect to the score $s = "
        "\\mathbf u \\cdot \\mathbf v$, the squared one $2(s - y)/B$; multiply by $\\mathbf v$ for the gradient of "
        "$\\mathbf u$. So the first pushes every pair equally, whether it is off by a hundredth of a star or by three "
        "stars; the second pushes in proportion to the error. From that follows what they aim at. For pairs that the "
        "model cannot tell apart the gradients must sum to zero: as many labels above the score as below, which is the "
        "*median*; or deviations that cancel, which is the *mean*. Take dwell times of 1, 2, 3, 4 and 90 seconds: the "
        "median is {{ np.median([1, 2, 3, 4, 90]) | 3 }}, the mean {{ (1 + 2 + 3 + 4 + 90) / 5 | 20 }}. One forgotten "
        "browser tab decides the mean; whether that is noise or the point depends on the question. If sums matter, "
        "revenue for instance, you need the mean, and the median is biased; if typical cases matter, the median. Near "
        "the target the absolute error keeps its full step and jumps from side to side, until the learning rate falls; "
        "Huber's loss is quadratic there and linear outside. Report the error that the product pays for, MAE or RMSE, "
        "and beside it a plain rival, the sum of a term for the user and one for the item: in ratings that explains "
        "most of what a model can explain. And neither error says how good a *list* is, since labels exist only for "
        "what somebody chose.",
        points=(
            "sign(s − y)/B, and 2(s − y)/B",
            "median and mean, from where the gradients sum to zero",
            "outliers; jumping near the target; Huber",
            "rival of user plus item; error says little about lists",
        ),
        weak="Says that L1 is more robust, without gradients, or gives the absolute error a gradient in proportion to "
        "the error.",
        follow_ups=(
            FollowUp(
                "A colleague's gradient lacks the 1/B. What happens?",
                "With plain SGD the step is B times too large, so the learning rate depends on the batch size; Adam "
                "divides by the gradient's own size, so it hardly shows, and that hides the bug.",
            ),
            FollowUp(
                "And if you leave out the absolute value, just the mean of $s - y$?",
                "Then errors of both signs cancel, and there is no minimum: pushing all scores down lowers it "
                "forever. Its gradient is $1/B$, whatever the label.",
            ),
        ),
        source="[Koenker & Hallock 2001, *Quantile Regression*](https://doi.org/10.1257/jep.15.4.143); [Marlin et al. "
        "2007, *Collaborative Filtering and the Missing at Random Assumption*](https://arxiv.org/abs/1206.5267)",
        place=(4, "6. Loss B: pairs with a label"),
    ),
    Card(
        name="value of another policy",
        topic="offline-online gap",
        kind="derive",
        question="Logs hold the context, the item shown, the probability with which it was shown, and the reward. "
        "Derive an estimate of the mean reward that a *new* policy would have had. When does it fail?",
        answer="Weigh each logged reward by the ratio of the probabilities: $\\hat V = \\frac1T \\sum_t "
        "\\frac{\\pi(a_t \\mid x_t)}{\\pi_0(a_t \\mid x_t)}\\, r_t$. If the logged probabilities are right it is "
        "unbiased, as the expectation over what the old policy shows is $\\sum_a \\pi_0(a \\mid x) \\frac{\\pi(a \\mid "
        "x)}{\\pi_0(a \\mid x)}\\, \\mathbb E[r \\mid x, a] = \\sum_a \\pi(a \\mid x)\\, \\mathbb E[r \\mid x, a]$: "
        "the $\\pi_0$ cancels, provided that it is above zero wherever $\\pi$ is. That is the first failure: a "
        "deterministic old system never showed the other items, and nothing can be said about them. The second is "
        "variance. If the old policy showed an item once in a thousand requests, and the new one always shows it, a "
        "single reward counts a thousand; with long lists the probabilities multiply, and nearly all weights are zero. "
        "Remedies: clip the weights, or normalize by their sum, either of which accepts a little bias for much less "
        "variance; or a doubly robust estimate, which lets a reward model predict and corrects it by the weighted "
        "residuals: it is right if either the model or the probabilities are. Look at the effective sample size, "
        "$(\\sum w)^2 / \\sum w^2$, before believing the number. Third, the logged probability must be the real one, "
        "after filters and business rules.",
        points=(
            "weight π/π₀, proof that π₀ cancels",
            "needs π₀ > 0 where π > 0",
            "variance: clip, self-normalize, doubly robust",
            "log the propensities; effective sample size",
        ),
        weak="Replays the log, keeps only the requests in which both policies agree, and takes their mean without "
        "weights.",
        follow_ups=(
            FollowUp(
                "When is it right to keep only the requests in which both agree?",
                "If the old policy showed items uniformly at random and the new one is deterministic: then all "
                "weights are equal where they agree, and the plain mean over those requests is the estimate.",
            ),
            FollowUp(
                "Ten thousand weights: one is 1,000, the others are 1. The effective sample size?",
                "It is {{ (1000 + 9999) ** 2 / (1000 ** 2 + 9999) | 120 }}: a single request dominates the estimate.",
            ),
        ),
        source="[Bottou et al. 2013, *Counterfactual Reasoning and Learning Systems*](https://arxiv.org/abs/1209.2355)",
        place=(4, "11. From notebook to production"),
    ),
    Card(
        name="paired by user",
        topic="uncertainty of a comparison",
        kind="explain",
        question="Two recommenders have NDCG .223 and .230 on the same 943 users; for both it has a standard deviation "
        "of .22 over users, and the two correlate at .95. How do you decide, with 95 % confidence, whether the "
        "difference means anything?",
        answer="Take the difference user by user, and draw the users anew. Both methods see the same users, and an "
        "easy user is easy for both, so their scores go together; the difference has much less variance than either. "
        "Unpaired the standard error is {{ .22 * sqrt(2 / 943) | .010 }}, larger than the difference of {{ .230 - .223 "
        "| .007 }}; paired it is {{ 1000 * .22 * sqrt(2 * (1 - .95) / 943) | 2.3 }} thousandths, and the difference "
        "lies {{ (.230 - .223) / (.22 * sqrt(2 * (1 - .95) / 943)) | 3.1 }} of them from zero. The bootstrap does that "
        "without a formula: draw 943 users with replacement, some thousand times, take the mean of their differences, "
        "and read off the middle 95 %. If that interval contains 0, call them level. Draw users and not single test "
        "items, as the items of one user depend on each other, and drawing items would pretend that there are more "
        "data than there are. The interval does not cover another seed, another time split, other films, or settings "
        "that were tuned on this test. Train with a few seeds, repeat on another moment. And a difference that is real "
        "may still be too small to be worth a new system.",
        points=(
            "difference of each user, not of two means",
            "bootstrap over users",
            "pairing removes the variance that both share",
            "does not cover seeds, splits, tuning",
        ),
        weak="Compares two overlapping intervals of the methods, or gives the deviation over three seeds as the "
        "uncertainty.",
        follow_ups=(
            FollowUp(
                "The two methods' own 95 % intervals overlap. Are they level?",
                "That does not follow: overlapping intervals ignore the pairing. The interval of the difference "
                "decides.",
            ),
            FollowUp(
                "Bootstrap, t-test or permutation test: does it matter?",
                "With hundreds of users and a mean as the measure they agree closely. The bootstrap gives an interval "
                "and takes any measure; the Wilcoxon test asks something else, about ranks of differences.",
            ),
        ),
        source="[Smucker, Allan & Carterette 2007, *A Comparison of Statistical Significance Tests for Information "
        "Retrieval Evaluation*](https://doi.org/10.1145/1321440.1321528)",
        place=(4, "3. The yardstick, before any training"),
    ),
    Card(
        name="best of twenty",
        topic="uncertainty of a comparison",
        kind="debug",
        question="You tried 20 variants on the test set. The best one is ahead of the baseline, with a 95 % interval "
        "just above 0. On next month's data it is level. Why, and what would you have done?",
        answer="Because you picked the luckiest of twenty, and you picked it on the test set. If none is truly better, "
        "a 95 % interval lies wholly above 0 by accident in {{ 100 * .05 / 2 | 2.5 % }} of the cases; of 20 "
        "independent ones at least one does with probability {{ 1 - .975 ** 20 | .40 }}. And the largest of 20 "
        "independent errors lies on average {{ (lambda x: float((x * 20 * np.exp(-x * x / 2) / sqrt(2 * pi) * "
        "np.array([.5 + erf(t / sqrt(2)) / 2 for t in x]) ** 19).sum() / 1000))(np.arange(-8, 8, .001)) | 1.9 }} "
        "standard errors above zero. Real variants share users, data and the baseline, so they are correlated and the "
        "effect is weaker, but it has the same direction: the winner's score is too high on average, and we expect it "
        "to fall next month even if the variant is truly better. I would have done three things. Choose on a "
        "validation period before the test, and use the test once. If several must be tested, correct for it: by "
        "Bonferroni 20 comparisons need {{ 100 * (1 - .05 / 20) | 99.75 % }} intervals. And report how many were "
        "tried. The same holds for early stopping, the size of the embedding and the random seed: a score that was "
        "used to pick something is optimistic.",
        points=(
            "selection on the test: winner's curse",
            "1 − .975²⁰ is about 40 %",
            "choose on validation, test once",
            "correct for the number of comparisons, and report it",
        ),
        weak="Blames drift alone, or says that the interval guaranteed the result.",
        follow_ups=(
            FollowUp(
                "Is it drift or selection? How do you tell?",
                "Score the baseline and the other 19 on the new month too. Selection pulls down mainly the winner; "
                "drift moves all of them.",
            ),
            FollowUp(
                "You tune your own model over fifty settings, the baseline has its defaults. What is wrong?",
                "The comparison measures tuning effort. Give the rivals the same search on the same validation data; "
                "several published gains have vanished when that was done.",
            ),
        ),
        source="[Cawley & Talbot 2010, *On Over-fitting in Model Selection and Subsequent Selection Bias in "
        "Performance Evaluation*](https://jmlr.org/papers/v11/cawley10a.html); [Ferrari Dacrema, Cremonesi & Jannach "
        "2019, *Are We Really Making Much Progress?*](https://arxiv.org/abs/1907.06902)",
        place=(4, "5. The towers against the rivals"),
    ),
    Card(
        name="seeds or users",
        topic="uncertainty of a comparison",
        kind="compare",
        question="A paper reports recall .256 ± .001 over five seeds. Another one gives an interval of ± .012 from a "
        "bootstrap over its 943 users. What does each say, and which one do you want?",
        answer="They answer different questions, and the interval over users is the one I want first. The deviation "
        "over seeds says how much *training* varies: initial values, order of batches, sampled negatives. The interval "
        "over users says how far off the mean may be because *these* users were tested and not others. Usually the "
        "second is larger: with 943 users the standard error is the deviation over users divided by {{ sqrt(943) | 31 "
        "}}; ± .012 are about two of them, {{ .012 / 2 | .006 }} each, which means a deviation over users of {{ .006 * "
        "sqrt(943) | .18 }}, a usual size. It is far above .001, and no number of seeds makes it smaller. To claim "
        "that a method is better for users like these I want the interval of the paired difference over users; to "
        "claim that the recipe is better, not one lucky run, I want several seeds on top: average each user's score "
        "over the seeds, then draw users. A closed form such as EASE has no seed at all, so its deviation is 0, and "
        "that surely does not mean certainty. Both leave out the moment of the split, the data set and the tuning. In "
        "cold start the items that were held out matter more than either: in the workbook two draws of them change the "
        "towers' recall by a few hundredths. So ask what would be different if you did it all again, and vary that.",
        points=(
            "seeds: training noise; users: sampling of the test",
            "user variance dominates, seeds do not shrink it",
            "average over seeds within users, then draw users",
            "also splits and held-out items",
        ),
        weak="Takes the small ± over seeds as the precision of the result.",
        follow_ups=(
            FollowUp(
                "Is ± a standard deviation or a standard error?",
                "Often not said, so ask: of five seeds they differ by a factor of {{ sqrt(5) | 2.2 }}. And the usual "
                "interval is about two standard errors to each side.",
            ),
            FollowUp(
                "You can afford five trainings. Five seeds, or five moments of the split?",
                "Five moments, each with a seed of its own: then the spread holds both kinds of doubt, and the larger "
                "one is usually the moment.",
            ),
        ),
        source="[Bouthillier et al. 2021, *Accounting for Variance in Machine Learning "
        "Benchmarks*](https://arxiv.org/abs/2103.03098)",
        place=(4, "5. The towers against the rivals"),
    ),
    Card(
        name="rank of a hidden link",
        topic="recall, NDCG, MRR",
        kind="compute",
        question="A book's hidden link has the score 0.7. Its links from training score 0.9 and 0.8, the others "
        "0.75, 0.7 and 0.3. What is the rank of the hidden link, its reciprocal rank, its hit@2? Which mistakes "
        "change the number?",
        answer="The rank is {{ 1 + 1 + 1 / 2 | 2.5 }}, the reciprocal rank {{ 1 / 2.5 | .4 }}, and hit@2 is 0. Which "
        "links compete? All that the book does not have in training: those with 0.9 and 0.8 are known, rightly on "
        "top, and no rivals; they are left out. Of the rest one is better, 0.75, and one is equal. Ranks begin at 1, "
        r"a better one adds one place, an equal one half a place: $1 + 1 + \tfrac12$. The mistakes. Leave the known "
        "links in, and the rank is {{ 1 + 3 + 1 / 2 | 4.5 }}: the model is punished for being right, and the more "
        "links a book has, the more. Start at 0, and the mean reciprocal rank divides by zero. Count the tie as won, "
        "and a model that gives every link the same score is perfect; count it as lost, and the same model is worst. "
        "Half a place is the mean over random orders of equals. Rank upwards, and the worst comes first. Leave out "
        "the hidden link itself with the known ones, and it must still be counted, as the 1. Ties are no rare case: "
        "popularity, raw counts, rounded or saturated scores are full of them. Then take the mean: of the reciprocal "
        "ranks, MRR, where the top decides; or the share of hidden links at place 10 or better, hits@10.",
        points=(
            "known links are no rivals: left out",
            "1 + better + half of the equal: 2.5",
            "ties won or lost make a constant model perfect or worst",
            "ranks from 1; highest score first",
        ),
        weak="Sorts all links and takes the position: known links and ties are in the number then.",
        follow_ups=(
            FollowUp(
                "May the other hidden links of the same book be left out, too?",
                "Yes, that is the *filtered* rank of knowledge graphs: they are also true, so to stand behind them "
                "is no error. Say which one you report, since filtered numbers are higher.",
            ),
            FollowUp(
                "What is the rank of a constant model among $n$ rivals?",
                r"$1 + n/2$, the middle: no knowledge, middle rank. That is a good unit test of the evaluation code.",
            ),
        ),
        source="[Sun et al. 2020, *A Re-evaluation of Knowledge Graph Completion "
        "Methods*](https://arxiv.org/abs/1911.03903): what ties do",
        place=(2, "9. Is it any good? Against rivals that need no network"),
    ),
]
