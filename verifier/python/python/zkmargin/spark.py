"""Verdicts on a Spark cluster: `mapInArrow` over the Parquet files of `zkmargin audit export`.

Run with `spark-submit`, or call `verdicts` in your own session. The result goes through
`zkmargin audit merge`, which checks that every proof has one verdict from the same build and rules, and
judges a sample again.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession

SCHEMA = (
    "digest binary not null, status string not null, code string not null, reason string not null, "
    "manifest string not null, log string not null, build string not null, circuits string not null"
)


def judge(
    evidence: str, manifest: str
) -> Callable[[Iterable[pyarrow.RecordBatch]], Iterator[pyarrow.RecordBatch]]:
    """The function that `mapInArrow` runs: proofs in, verdicts out, batch by batch.

    `evidence` and `manifest` are files of the export: `evidence.parquet` and `manifest.json`.
    """

    def run(batches: Iterable[pyarrow.RecordBatch]) -> Iterator[pyarrow.RecordBatch]:
        import pyarrow
        import pyarrow.parquet

        import zkmargin

        build = zkmargin.build()
        with open(manifest, "rb") as file:
            rules = hashlib.sha256(file.read()).hexdigest()
        # The log that the proofs were exported from.
        metadata = pyarrow.parquet.read_metadata(evidence).metadata or {}
        if b"zkmargin.log" not in metadata:
            raise ValueError(f"{evidence} does not name its log; export it again with `zkmargin audit export`")
        log = metadata[b"zkmargin.log"].decode()
        numbers: dict[str, int] = {}
        for batch in batches:
            proofs = batch.column("bytes").to_pylist()
            names = batch.column("submitter").to_pylist()
            submitters = [numbers.setdefault(name, len(numbers)) for name in names]
            found = zkmargin.verify_many(proofs, evidence, manifest, submitters=submitters)
            columns = {
                "digest": pyarrow.array([bytes(j.digest) for j in found], pyarrow.binary()),
                "status": pyarrow.array([j.status for j in found], pyarrow.string()),
                "code": pyarrow.array([j.code for j in found], pyarrow.string()),
                "reason": pyarrow.array([j.reason for j in found], pyarrow.string()),
                "manifest": pyarrow.array([rules] * len(found), pyarrow.string()),
                "log": pyarrow.array([log] * len(found), pyarrow.string()),
                "build": pyarrow.array([build["build"]] * len(found), pyarrow.string()),
                "circuits": pyarrow.array([build["circuits"]] * len(found), pyarrow.string()),
            }
            yield pyarrow.RecordBatch.from_pydict(columns)

    return run


def verdicts(spark: SparkSession, folder: str) -> DataFrame:
    """Verdicts on every proof of an exported folder, which all workers can read."""
    # A proof has some kilobytes: so many rows are some megabytes.
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "1024")
    # Small files go into one task together, up to so much.
    spark.conf.set("spark.sql.files.maxPartitionBytes", "16m")
    proofs = spark.read.parquet(f"{folder}/proofs-*.parquet").select("bytes", "submitter")
    run = judge(f"{folder}/evidence.parquet", f"{folder}/manifest.json")
    return proofs.mapInArrow(run, SCHEMA)


def main() -> None:
    from pyspark.sql import SparkSession

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", help="folder of `zkmargin audit export`, readable by all workers")
    parser.add_argument("output", help="folder for the verdicts, to be created")
    arguments = parser.parse_args()
    spark = SparkSession.builder.appName("zkmargin audit").getOrCreate()
    verdicts(spark, arguments.folder).write.parquet(arguments.output, mode="errorifexists")
    spark.stop()


if __name__ == "__main__":
    main()
