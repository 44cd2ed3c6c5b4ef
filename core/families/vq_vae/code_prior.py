"""A prior over grids of codes: a small causal transformer, which says how likely each code is after those before it.

The codes of a grid are taken row by row, p(k) = product of p(k_i | k_1 ... k_(i-1)) (van den Oord et al., arXiv 1711.00937,
section 3.3, who take a PixelCNN). A transformer (Vaswani et al., arXiv 1706.03762) is drawn from far more cheaply: what it has
made of earlier codes is kept, so that a code costs one position's arithmetic instead of the whole grid's. Each position is also
told its nearest earlier codes directly, as a convolution would be: minutes are too short to learn what lies next to what.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.errors import CheckpointError
from core.families.networks.weights import ANOTHER, load_weights
from core.families.vq_vae.work import PRIOR_LAYERS, PRIOR_WIDTH

HEAD = 32  # numbers of an attention head
EMBEDDING = 16  # numbers that a code is told by
REACH = 2  # rows and columns
NEAR = tuple((row, column) for row in range(-REACH, 1) for column in range(-REACH, REACH + 1) if (row, column) < (0, -1))
"""Row and column, relative to a cell, of earlier cells that it is told: two rows above it, and the second one to its left.

The code just before is told in any case, also where a row begins: otherwise the last code of the row above would be unknown there.
"""
WRONG_PRIOR = "The prior in the model's file doesn't fit its model"
LEAST_TEMPERATURE = 1e-3  # below it the likeliest code is taken


@dataclass(slots=True)
class _Kept:
    """Keys and values of the positions so far, of one layer: (B, heads, N, HEAD), of which `count` are filled."""

    keys: Tensor
    values: Tensor
    count: int = 0


class _Block(nn.Module):
    """Attention to earlier positions and to itself, then two layers, each added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.heads = width // HEAD
        self.before_attention = nn.LayerNorm(width)
        self.attention = nn.Linear(width, 3 * width)
        self.attended = nn.Linear(width, width)
        self.before_layers = nn.LayerNorm(width)
        self.wide = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x: Tensor, kept: _Kept | None = None) -> Tensor:
        """(B, N, width) -> the same; with `kept` of the positions that follow those in it."""
        queries, keys, values = (
            part.unflatten(2, (self.heads, HEAD)).transpose(1, 2)
            for part in self.attention(self.before_attention(x)).chunk(3, dim=2)
        )
        if kept is None:
            seen = F.scaled_dot_product_attention(queries, keys, values, is_causal=True)
        else:
            start, stop = kept.count, kept.count + x.shape[1]
            kept.keys[:, :, start:stop], kept.values[:, :, start:stop] = keys, values
            kept.count = stop
            mask = torch.ones(stop - start, stop, dtype=torch.bool, device=x.device).tril(start) if stop - start > 1 else None
            seen = F.scaled_dot_product_attention(queries, kept.keys[:, :, :stop], kept.values[:, :, :stop], attn_mask=mask)
        x = x + self.attended(seen.transpose(1, 2).flatten(2))
        return x + self.narrow(F.gelu(self.wide(self.before_layers(x))))


class CodePrior(nn.Module):
    """p(code at a cell | the codes of the cells before it), the cells taken row by row.

    Untrained it finds all codes equally likely. For 16x16 codes a forward pass takes 0.2 GFLOP a picture; to draw a code takes
    half a MFLOP.

    Args:
        grid: G, codes a side.
        codebook_size: K, how many codes.
        width: numbers at a position; a multiple of 32.
        layers: how many blocks.
    """

    near_rows: Tensor  # (len(NEAR),) int64
    near_columns: Tensor

    def __init__(self, grid: int, codebook_size: int, width: int = PRIOR_WIDTH, layers: int = PRIOR_LAYERS) -> None:
        super().__init__()
        self.grid = grid
        self.codebook_size = codebook_size
        self.width = width
        self.codes = nn.Embedding(codebook_size + 1, EMBEDDING)  # the last one: beyond the grid's border
        self.near = nn.Linear(EMBEDDING * (len(NEAR) + 1), width)
        self.places = nn.Parameter(0.02 * torch.randn(grid * grid, width))
        self.blocks = nn.ModuleList(_Block(width) for _ in range(layers))
        self.last = nn.LayerNorm(width)
        self.head = nn.Linear(width, codebook_size)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        rows, columns = torch.tensor(NEAR).T
        self.register_buffer("near_rows", rows.contiguous() + REACH, persistent=False)
        self.register_buffer("near_columns", columns.contiguous() + REACH, persistent=False)

    @property
    def cells(self) -> int:
        """Codes of a picture."""
        return self.grid * self.grid

    def forward(self, indices: Tensor) -> Tensor:
        """Grids (B, G, G) int64 -> logits of the code at each cell, (B, G * G, K); those at a cell depend on earlier ones alone."""
        framed = self._framed(indices)
        near = torch.stack(
            [framed[:, r : r + self.grid, c : c + self.grid] for r, c in zip(*self._places_near(), strict=True)], dim=3
        )
        before = F.pad(indices.flatten(1)[:, :-1], (1, 0), value=self.codebook_size)
        x = self._told(torch.cat([near.flatten(1, 2), before[:, :, None]], dim=2)) + self.places
        for block in self.blocks:
            x = block(x)
        return self.head(self.last(x))

    def surprise(self, indices: Tensor) -> Tensor:
        """-log p of each code given those before it, in nats: grids (B, G, G) int64 -> (B, G * G) float32."""
        logits = self(indices).float()
        return F.cross_entropy(logits.flatten(0, 1), indices.flatten(), reduction="none").view(len(indices), -1)

    @torch.no_grad()
    def draw(
        self,
        noise: Tensor,
        temperature: float = 1.0,
        fixed: Tensor | None = None,
        done: Callable[[int], None] = lambda cells: None,
    ) -> Tensor:
        """Draw grids, a code after the other.

        Args:
            noise: (B, G * G) float64 in [0, 1): says which code each cell gets, by the codes' cumulative probabilities.
            temperature: of the softmax: 1 draws from the prior, less is likelier and less varied, 0 takes the likeliest codes.
            fixed: (B, G * G) int64, codes that cells have already; -1: they are drawn. A code that is fixed after the last drawn
                one changes nothing.
            done: called after each cell with how many cells there are so far; an exception that it raises ends the drawing.

        Returns:
            (B, G, G) int64.
        """
        count, device = len(noise), self.places.device
        drawn = torch.zeros(count, self.cells, dtype=torch.int64, device=device) if fixed is None else fixed.clone()
        free = torch.ones(self.cells, dtype=torch.bool) if fixed is None else (fixed < 0).any(dim=0).cpu()
        stop = int(free.nonzero().max()) + 1 if bool(free.any()) else 0
        side = self.grid + 2 * REACH
        framed = torch.full((count, self.grid + REACH, side), self.codebook_size, dtype=torch.int64, device=device)
        shape = (count, self.width // HEAD, self.cells, HEAD)
        kept = [_Kept(torch.zeros(shape, device=device), torch.zeros(shape, device=device)) for _ in self.blocks]
        for cell in range(stop):
            row, column = divmod(cell, self.grid)
            before = drawn[:, cell - 1 : cell] if cell else framed[:, 0, :1]
            near = torch.cat([framed[:, row + self.near_rows, column + self.near_columns], before], dim=1)
            x = self._told(near[:, None]) + self.places[cell]
            for block, own in zip(self.blocks, kept, strict=True):
                x = block(x, own)
            if bool(free[cell]):
                codes = _chosen(self.head(self.last(x[:, 0])), noise[:, cell].to(device), temperature)
                drawn[:, cell] = codes if fixed is None else torch.where(fixed[:, cell] < 0, codes, fixed[:, cell])
            framed[:, row + REACH, column + REACH] = drawn[:, cell]
            done(cell + 1)
        return drawn.view(count, self.grid, self.grid)

    def _told(self, near: Tensor) -> Tensor:
        """The nearest earlier codes of some cells (B, n, len(NEAR) + 1), the one just before last -> (B, n, width)."""
        return self.near(self.codes(near).flatten(2))

    def _framed(self, indices: Tensor) -> Tensor:
        """Grids (B, G, G) with a border that says so: two rows above, two columns on either side."""
        return F.pad(indices, (REACH, REACH, REACH, 0), value=self.codebook_size)

    def _places_near(self) -> tuple[list[int], list[int]]:
        return self.near_rows.tolist(), self.near_columns.tolist()


def _chosen(logits: Tensor, noise: Tensor, temperature: float) -> Tensor:
    """The codes (B,) that numbers in [0, 1) pick by the cumulative probabilities of logits (B, K)."""
    if temperature < LEAST_TEMPERATURE:
        return logits.argmax(dim=1)
    shares = (logits.double() / temperature).softmax(dim=1).cumsum(dim=1)
    return torch.searchsorted(shares, noise[:, None] * shares[:, -1:], right=True).squeeze(1).clamp_max(logits.shape[1] - 1)


def prior_of(tensors: Mapping[str, Tensor], grid: int, codebook_size: int) -> CodePrior:
    """The prior whose tensors these are, of any width and depth.

    Raises:
        CheckpointError: tensors are missing, or don't fit each other, or the grid and the codebook.
    """
    layers = len({name.split(".")[1] for name in tensors if name.startswith("blocks.")})
    places = tensors["places"].shape if "places" in tensors else (0,)
    if places[-1] % HEAD or not places[-1]:
        raise CheckpointError(f"{WRONG_PRIOR}: its width is {places[-1]}.", ANOTHER)
    prior = CodePrior(grid, codebook_size, places[-1], layers)
    load_weights(prior, {name: value.numpy() for name, value in tensors.items()}, WRONG_PRIOR)
    return prior


def parameters_of(grid: int, codebook_size: int) -> int:
    """How many weights a prior has; no random number is used up."""
    with torch.random.fork_rng(devices=[]):
        return sum(one.numel() for one in CodePrior(grid, codebook_size).parameters())
