"""Matching one to one, by the Hungarian method (Kuhn 1955), by numpy alone: the table has eight rows."""

from __future__ import annotations

import numpy as np


def best_pairs(gains: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rows and columns of which the gains' sum is largest, each row and column in one pair at most.

    Args:
        gains: (R, C), of each row with each column.

    Returns:
        Rows, ascending, and their columns: (min(R, C),) each.
    """
    if gains.shape[0] <= gains.shape[1]:
        return np.arange(len(gains)), _columns_of(gains)
    rows = _columns_of(gains.T)
    order = np.argsort(rows)
    return rows[order], order


def _columns_of(gains: np.ndarray) -> np.ndarray:
    """Each row's column, where there are no fewer columns: rows are added one by one, along the cheapest way that frees a column.

    After Jonker and Volgenant (Computing 38, 1987), with a price on each row and column. Row and column 0 stand for "none".
    """
    costs = np.zeros((gains.shape[0] + 1, gains.shape[1] + 1))
    costs[1:, 1:] = -gains
    row_prices, column_prices = np.zeros(len(costs)), np.zeros(costs.shape[1])
    row_of = np.zeros(costs.shape[1], np.int64)
    for row in range(1, len(costs)):
        row_of[0], column = row, 0
        least, before = np.full(costs.shape[1], np.inf), np.zeros(costs.shape[1], np.int64)
        seen = np.zeros(costs.shape[1], bool)
        while row_of[column]:
            seen[column] = True
            reduced = costs[row_of[column]] - row_prices[row_of[column]] - column_prices
            nearer = ~seen & (reduced < least)
            least[nearer], before[nearer] = reduced[nearer], column
            step = least[~seen].min()
            row_prices[row_of[seen]] += step
            column_prices[seen] -= step
            least[~seen] -= step
            column = int(np.flatnonzero(~seen)[least[~seen].argmin()])
        while column:
            row_of[column] = row_of[before[column]]
            column = int(before[column])
    columns = np.flatnonzero(row_of[1:])
    return columns[np.argsort(row_of[1:][columns])]
