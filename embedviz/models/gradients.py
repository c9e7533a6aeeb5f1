"""The gradients of CBOW and skip-gram by hand, a function for each line of the derivation, and what checks them.

Everywhere `inputs` and `outputs` are the two tables, float arrays of shape (N, d): row w of the first is the word as
context, what is given (u_w in chapter 3); row w of the second the word as what is to be found (v_w). Words are row
numbers. The derivation is that of Rong, *word2vec Parameter Learning Explained* (2014,
https://arxiv.org/abs/1411.2738), whose sections are named below; his letters are others.
The functions are for reading and for checking: every gradient is dense, (N, d).
"""

from collections.abc import Callable, Sequence

import numpy as np

# --- A window --------------------------------------------------------------------------------------------


def window(sentence: Sequence, position: int, n: int) -> list:
    """The words around `position`, up to n on each side; fewer at the edges of the sentence.

    Raises:
        IndexError: the position is not in the sentence.
        ValueError: n below 1.
    """
    if not 0 <= position < len(sentence):
        raise IndexError(f"position {position}: a sentence of {len(sentence)} words has 0 to {len(sentence) - 1}")
    if n < 1:
        raise ValueError(f"n={n!r}: a window has at least 1 word on each side")
    return [*sentence[max(0, position - n) : position], *sentence[position + 1 : position + 1 + n]]


# --- CBOW: forward ---------------------------------------------------------------------------------------


def hidden_vector(inputs: np.ndarray, context: Sequence[int]) -> np.ndarray:
    """h, the mean of the context's rows (Rong, section 1.2); a word that comes twice counts twice. Shape (d,).

    Raises:
        ValueError: no context: the mean of nothing is not defined, so a sentence of one word has no loss.
    """
    if len(context) == 0:
        raise ValueError("the context is empty: a word alone in its sentence has nothing to be predicted from; skip it")
    return inputs[np.asarray(context)].mean(axis=0)


def softmax(scores: np.ndarray) -> np.ndarray:
    """p, the scores made positive and to sum to 1.

    Subtracting the largest first changes nothing, but e^s stays finite.
    """
    e = np.exp(scores - scores.max())
    return e / e.sum()


def softmax_loss(scores: np.ndarray, target: int) -> float:
    """−log softmax(scores)[target], in nats (Rong, section 1.1)."""
    top = scores.max()
    return top + np.log(np.exp(scores - top).sum()) - scores[target]


def cbow_loss(inputs: np.ndarray, outputs: np.ndarray, context: Sequence[int], target: int) -> float:
    """−log p(target | context), in nats (Rong, section 1.2)."""
    return softmax_loss(outputs @ hidden_vector(inputs, context), target)


# --- CBOW: backward, from the loss to the words (Rong, sections 1.1 and 1.2) --------------------------------


def score_gradient(p: np.ndarray, target: int) -> np.ndarray:
    """∂L/∂s = p − one-hot(target), shape (N,): its entries sum to 0."""
    error = p.copy()
    error[target] -= 1
    return error


def output_gradient(error: np.ndarray, h: np.ndarray) -> np.ndarray:
    """∂L/∂v_w = error_w h for every word w, shape (N, d)."""
    return np.outer(error, h)


def hidden_gradient(error: np.ndarray, outputs: np.ndarray) -> np.ndarray:
    """∂L/∂h = Σ_w error_w v_w, shape (d,)."""
    return outputs.T @ error


def input_gradient(toward_hidden: np.ndarray, context: Sequence[int], n_words: int) -> np.ndarray:
    """∂L/∂u_w = (times that w is in the context / size of the context) · ∂L/∂h, shape (N, d)."""
    gradient = np.zeros((n_words, len(toward_hidden)))
    # gradient[context] += … would count a word that comes twice once
    np.add.at(gradient, np.asarray(context), toward_hidden / len(context))
    return gradient


def cbow_gradients(
    inputs: np.ndarray, outputs: np.ndarray, context: Sequence[int], target: int
) -> tuple[np.ndarray, np.ndarray]:
    """∂L/∂inputs and ∂L/∂outputs of `cbow_loss`, each of shape (N, d)."""
    h = hidden_vector(inputs, context)
    error = score_gradient(softmax(outputs @ h), target)
    return input_gradient(hidden_gradient(error, outputs), context, len(inputs)), output_gradient(error, h)


# --- Skip-gram: the same window, the roles swapped ---------------------------------------------------------


def skipgram_loss(inputs: np.ndarray, outputs: np.ndarray, context: Sequence[int], target: int) -> float:
    """−Σ_c log p(c | target) over the words c of the context, in nats (Rong, section 2)."""
    scores = outputs @ inputs[target]
    return sum(softmax_loss(scores, c) for c in context)


def skipgram_gradients(
    inputs: np.ndarray, outputs: np.ndarray, context: Sequence[int], target: int
) -> tuple[np.ndarray, np.ndarray]:
    """∂L/∂inputs (zero but for the target's row) and ∂L/∂outputs of `skipgram_loss`."""
    h = inputs[target]
    p = softmax(outputs @ h)
    error = sum(score_gradient(p, c) for c in context)  # one p, and as many one-hots as there are words around
    toward_inputs = np.zeros(inputs.shape)
    toward_inputs[target] = hidden_gradient(error, outputs)
    return toward_inputs, output_gradient(error, h)


# --- Negative sampling: true or made up --------------------------------------------------------------------


def sigmoid(scores: np.ndarray) -> np.ndarray:
    """1 / (1 + e^−s), in a form that does not overflow."""
    return np.exp(-np.logaddexp(0, -np.asarray(scores)))


def negative_sampling_loss(
    inputs: np.ndarray, outputs: np.ndarray, context: Sequence[int], target: int, negatives: Sequence[int]
) -> float:
    """−log σ(v_target · h) − Σ_i log σ(−v_i · h), in nats (Rong, section 3.2; Mikolov et al. 2013b, eq. 4)."""
    h = hidden_vector(inputs, context)
    return np.logaddexp(0, -outputs[target] @ h) + np.logaddexp(0, outputs[np.asarray(negatives, dtype=int)] @ h).sum()


def negative_sampling_gradients(
    inputs: np.ndarray, outputs: np.ndarray, context: Sequence[int], target: int, negatives: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """∂L/∂inputs and ∂L/∂outputs of `negative_sampling_loss`.

    As in the softmax, the gradient with respect to a score is what the model says less what is true, σ(s) − label; but
    only 1 + k rows of `outputs` take part.
    """
    h = hidden_vector(inputs, context)
    rows = np.array([target, *negatives])
    labels = np.arange(len(rows)) == 0
    error = sigmoid(outputs[rows] @ h) - labels
    toward_outputs = np.zeros(outputs.shape)
    np.add.at(toward_outputs, rows, np.outer(error, h))  # a word that was drawn twice is pushed twice
    return input_gradient(error @ outputs[rows], context, len(inputs)), toward_outputs


# --- Is it right? ------------------------------------------------------------------------------------------


def finite_difference(f: Callable[[np.ndarray], float], x: np.ndarray, eps: float = 1e-5) -> np.ndarray:
    """The gradient of f at x by central differences, (f(x + εe) − f(x − εe)) / 2ε for each entry e.

    In float64 the error is about ε² · f‴ / 6 from the formula and 10⁻¹⁶ · f / ε from rounding: least near ε = 10⁻⁵.

    Args:
        f: from a float64 array of x's shape to a number. It may keep no reference to its argument.
        x: any shape; taken as float64.
        eps: ε.

    Returns:
        float64 array of x's shape.

    Raises:
        ValueError: f returns something else than one finite number, or eps is not positive.
    """
    if not eps > 0:
        raise ValueError(f"eps={eps!r}: it must be positive")
    x = np.array(x, dtype=np.float64)
    gradient = np.empty_like(x)
    for place in np.ndindex(x.shape):
        value, ends = x[place], []
        for end in (value + eps, value - eps):
            x[place] = end
            ends.append(f(x))
        x[place] = value
        if np.shape(ends) != (2,) or not np.isfinite(ends).all():
            raise ValueError(
                f"f must return one finite number; near entry {place} it returned {ends[0]!r} and {ends[1]!r}"
            )
        gradient[place] = (ends[0] - ends[1]) / (2 * eps)
    return gradient


def deviation(ours, theirs) -> float:
    """The largest difference of two arrays, relative to their largest entry; 0 where both are zero throughout.

    Raises:
        ValueError: their shapes differ.
    """
    ours, theirs = np.asarray(ours, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    if ours.shape != theirs.shape:
        raise ValueError(f"shapes differ: {ours.shape} and {theirs.shape}")
    scale = max(np.abs(ours).max(initial=0), np.abs(theirs).max(initial=0))
    return float(np.abs(ours - theirs).max(initial=0) / scale) if scale else 0.0


def agree(name: str, ours, autograd, differences, tolerance: float = 1e-6) -> None:
    """Print how far a gradient by hand is from autograd's and from finite differences, see `deviation`.

    Raises:
        AssertionError: by more than `tolerance`.
        ValueError: the shapes differ.
    """
    found = {"autograd": deviation(ours, autograd), "finite differences": deviation(ours, differences)}
    for other, value in found.items():
        if not value <= tolerance:  # NaN too; and no `assert`, which `python -O` leaves out
            far = f"{value:.1e} (relative to the largest entry) from {other}, more than {tolerance:.0e}"
            raise AssertionError(f"{name}: off by {far}")
    deviations = ", ".join(f"{value:.0e} from {other}" for other, value in found.items())
    print(f"✓ {name}, shape {np.shape(ours)}: at most {deviations}")
