"""A table of 10 million rows × 32 in one process, and dealt out to two: memory of each, and time of a step.

    python tests/benchmarks/bench_sharded.py [rows]

Two processes of one machine share its memory; what counts is that each needs half. Beside it torch's own
`RowwiseParallel`, whose gradients are dense.
"""

import sys
import time

import pandas as pd
import psutil
import torch
import torch.distributed as dist
from results import record
from torch import nn
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import Replicate
from torch.distributed.tensor.parallel import RowwiseParallel, parallelize_module

from embedviz.models.gather import rank_and_size
from embedviz.models.sharded import ShardedEmbedding
from embedviz.train.launch import run_on_processes
from embedviz.train.optimizers import RowAdagrad, RowAdam

BATCH, STEPS, DIM = 4096, 10, 32


def rss() -> float:
    """MB of this process."""
    return psutil.Process().memory_info().rss / 1e6


def train(rows: int, kind: str, optimizer: str) -> dict:
    """MB of the table, MB at most after a step, and milliseconds a step, of this process."""
    rank, size = rank_and_size()
    torch.manual_seed(rank)
    before = rss()
    if kind == "RowwiseParallel":
        table = nn.Sequential(nn.Embedding(rows, DIM))
        mesh = init_device_mesh("cpu", (size,))
        plan = {"0": RowwiseParallel(input_layouts=Replicate(), output_layouts=Replicate())}
        table = parallelize_module(table, mesh, plan)
        step = torch.optim.SGD(table.parameters(), lr=0.1)
    else:
        table = ShardedEmbedding(rows, DIM)
        step = {"RowAdam": RowAdam, "RowAdagrad": RowAdagrad}[optimizer](table.parameters(), lr=0.1)
    made, most, times = rss() - before, 0.0, []
    for _ in range(STEPS):
        if size > 1:
            dist.barrier()
        start = time.perf_counter()
        ids = torch.randint(rows, (BATCH,))
        if kind == "RowwiseParallel":  # all must ask for the same
            dist.broadcast(ids, 0)
        step.zero_grad()
        table(ids).square().sum().backward()
        most = max(most, rss() - before)
        step.step()
        most = max(most, rss() - before)
        times.append(time.perf_counter() - start)
    return {"MB of the table": made, "MB at most": most, "ms a step": 1000 * sorted(times)[STEPS // 2]}


if __name__ == "__main__":
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    table = []
    for kind, optimizer, size in (
        ("ShardedEmbedding", "RowAdagrad", 1),
        ("ShardedEmbedding", "RowAdagrad", 2),
        ("ShardedEmbedding", "RowAdam", 2),
        ("RowwiseParallel", "plain SGD", 2),
    ):
        for rank, found in enumerate(run_on_processes(train, size, rows, kind, optimizer, timeout=1800)):
            what = f"{rows:,} rows × {DIM}, {kind} ({optimizer}), {rank + 1} of {size} processes"
            record(f"{what}: memory at most", found["MB at most"], "MB")
            record(f"{what}: a step of {BATCH:,}", found["ms a step"], "ms")
            table.append({"kind": kind, "optimizer": optimizer, "processes": size, "rank": rank, **found})
    print(f"{rows:,} rows × {DIM} float32 = {rows * DIM * 4 / 1e6:,.0f} MB; batches of {BATCH:,} a process")
    print(pd.DataFrame(table).round(1).to_string(index=False))
