"""A standalone Spark cluster on loopback: one master, two workers, one core each.

    python verifier/python/tests/cluster.py EXPORT OUTPUT [--kill]

EXPORT is a folder of `zkmargin audit export`, OUTPUT the folder for the verdicts. With `--kill`, one worker and its
executor are killed with signal 9 once the first task has ended. Prints how long the job took, beside the time of the
same files in one process with as many threads. Needs the module, pyspark, pyarrow and Java.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from typing import Any

import pyarrow.parquet
import pyspark

import zkmargin

MASTER_PORT, WEB_PORT = 17077, 18080


def start(home: pathlib.Path, logs: pathlib.Path, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOG_DIR": str(logs),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_DAEMON_MEMORY": "512m",
    }
    log = open(logs / f"{name}.log", "wb")
    # A group of its own, so that killing a worker takes its executor and Python along.
    return subprocess.Popen(
        [str(home / "bin" / "spark-class"), *arguments],
        stdout=log, stderr=log, env=environment, start_new_session=True,
    )


def state() -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{WEB_PORT}/json/", timeout=5) as answer:
        return json.load(answer)


def wait_for_workers(count: int) -> None:
    for _ in range(240):
        try:
            if sum(worker["state"] == "ALIVE" for worker in state()["workers"]) >= count:
                return
        # While it starts, the master may refuse, hang up or answer with an empty page.
        except (OSError, http.client.HTTPException, ValueError):
            pass
        time.sleep(0.25)
    raise SystemExit("the cluster did not start")


def single(folder: pathlib.Path, workers: int) -> tuple[float, dict[bytes, str]]:
    """The same files in one process: seconds, and the status of each proof."""
    found: dict[bytes, str] = {}
    begun = time.monotonic()
    for file in sorted(folder.glob("proofs-*.parquet")):
        proofs = pyarrow.parquet.read_table(file, columns=["bytes"]).column("bytes").to_pylist()
        judged = zkmargin.verify_many(
            proofs, folder / "evidence.parquet", folder / "manifest.json", workers=workers
        )
        found.update((bytes(j.digest), j.status) for j in judged)
    return time.monotonic() - begun, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("export", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--kill", action="store_true")
    a = parser.parse_args()
    a.export, a.output = a.export.resolve(), a.output.resolve()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    home = pathlib.Path(pyspark.__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        logs = pathlib.Path(folder)
        master = "org.apache.spark.deploy.master.Master"
        processes = [
            start(home, logs, "master", master, "--host", "127.0.0.1", "--port", str(MASTER_PORT),
                  "--webui-port", str(WEB_PORT))
        ]
        workers = []
        try:
            for at in range(2):
                workers.append(
                    start(home, logs, f"worker{at}", "org.apache.spark.deploy.worker.Worker",
                          "--host", "127.0.0.1", "--cores", "1", "--memory", "2g",
                          "--webui-port", str(WEB_PORT + 1 + at), "--work-dir", str(logs / f"work{at}"),
                          f"spark://127.0.0.1:{MASTER_PORT}")
                )
            wait_for_workers(2)
            cluster(a, workers)
        finally:
            for process in processes + workers:
                try:
                    os.killpg(process.pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass


def cluster(a: argparse.Namespace, workers: list[subprocess.Popen[bytes]]) -> None:
    from pyspark.sql import SparkSession

    import zkmargin.spark

    spark = (
        SparkSession.builder.appName("zkmargin audit")
        .master(f"spark://127.0.0.1:{MASTER_PORT}")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.executor.memory", "1g")
        .config("spark.ui.enabled", "false")
        .config("spark.network.timeout", "20s")
        .config("spark.network.timeoutInterval", "5s")
        .config("spark.executor.heartbeatInterval", "2s")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    verdicts = zkmargin.spark.verdicts(spark, str(a.export))
    tasks = verdicts.rdd.getNumPartitions()
    if a.kill:
        import threading

        tracker = spark.sparkContext.statusTracker()

        def kill() -> None:
            while True:
                time.sleep(0.05)
                for stage in tracker.getActiveStageIds():
                    info = tracker.getStageInfo(stage)
                    if info and info.numCompletedTasks >= 1:
                        os.killpg(workers[0].pid, signal.SIGKILL)
                        # The executor is in a group of its own.
                        subprocess.run(["pkill", "-KILL", "-f", "work0/"], check=False)
                        print(f"killed a worker after {info.numCompletedTasks} of {tasks} tasks", flush=True)
                        return

        threading.Thread(target=kill, daemon=True).start()
    begun = time.monotonic()
    verdicts.write.parquet(str(a.output), mode="errorifexists")
    first = time.monotonic() - begun
    print(f"cluster: {tasks} tasks, {first:.1f} s, JVM and Python of the executors starting included", flush=True)
    if not a.kill:
        begun = time.monotonic()
        verdicts.write.parquet(f"{a.output}.again", mode="overwrite")
        print(f"cluster, started: {time.monotonic() - begun:.1f} s", flush=True)
    spark.stop()
    seconds, expected = single(a.export, workers=2)
    print(f"one process, two threads, judge and keys included: {seconds:.1f} s", flush=True)
    table = pyarrow.parquet.read_table(a.output)
    found = dict(zip(table.column("digest").to_pylist(), table.column("status").to_pylist()))
    if table.num_rows != len(expected) or found != expected:
        raise SystemExit(f"the results differ: {table.num_rows} verdicts, {len(expected)} expected")
    print(f"the same {len(expected)} verdicts as in one process", flush=True)


if __name__ == "__main__":
    main()
