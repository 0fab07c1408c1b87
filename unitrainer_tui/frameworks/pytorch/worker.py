"""One training process: alone, or one of those that torchrun started (see train.py, ranks.py)."""

from __future__ import annotations

import math
import os
import shutil
import signal
import sys
import time
import traceback
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import torch

if TYPE_CHECKING:
    from unitrainer_tui.frameworks.pytorch import checkpoint, models, names, predict, schedule, weights
    from unitrainer_tui.frameworks.pytorch.data import open_data
    from unitrainer_tui.frameworks.pytorch.engine import Engine
    from unitrainer_tui.frameworks.pytorch.options import Options, read_options
    from unitrainer_tui.frameworks.pytorch.ranks import Ranks, join
    from unitrainer_tui.frameworks.shared.job import Refused, checkpoint_of, dataset_of, output_of, read_job
    from unitrainer_tui.frameworks.shared.report import (
        Interrupts,
        checked,
        environment,
        report,
        starts,
        write_json,
        write_results,
    )
else:  # on the host these files stand side by side
    import checkpoint
    import models
    import names
    import predict
    import schedule
    import weights
    from data import open_data
    from engine import Engine
    from job import Refused, checkpoint_of, dataset_of, output_of, read_job
    from options import Options, read_options
    from ranks import Ranks, join
    from report import Interrupts, checked, environment, report, starts, write_json, write_results

HERE = Path(__file__).absolute().parent
# Where the processes of torchrun leave the exit code that is meant: torchrun itself knows only 0 and 1.
CODE_FILE = "UNITRAINER_EXIT_CODE_FILE"


class Training:
    """A job in this process, from its data to its model. Raises Refused at the beginning or not at all."""

    def __init__(self, job: dict[str, Any], options: Options, ranks: Ranks) -> None:
        self.job, self.options, self.ranks = job, options, ranks
        self.output = output_of(job)
        self.seed, self.epochs = int(job.get("seed") or 0), int(job.get("epochs") or 10)
        torch.manual_seed(self.seed)
        dataset = dataset_of(job)
        folder = checkpoint_of(job) if options.resume else None
        earlier = self._worth_going_on(checkpoint.earlier_of(folder))
        data = open_data(job, dataset, options, ranks, earlier["about"] if earlier else None)
        about = self.about = data.about
        if earlier is not None and (why := checkpoint.misfit(earlier["about"], about)) is not None:
            said = f"The checkpoint {checkpoint.LAST} of the earlier run does not fit this job: {why}"
            raise Refused(f"{said}; options.resume = false starts anew.")
        trained = None
        timm = about["model"] not in names.MODELS
        if earlier is None and timm and options.pretrained:
            trained = weights.obtain(about["model"], dataset)
        network = models.build(about, trained)
        self.engine = Engine(
            network, data, options, ranks, epochs=self.epochs, seed=self.seed, tuning=timm and options.pretrained
        )
        self.history: list[dict[str, float]] = []
        self.resumed_after = self.saved = 0
        if earlier is not None:
            self._go_on(earlier, folder)
        for value, what in ((self.resumed_after, "checkpoint"), (data.train_count, "dataset")):
            if not ranks.agree(value):
                raise Refused(f"Not all machines of this run have the same {what}; send it to each of them.")
        world = f", {ranks.world} processes" if ranks.world > 1 else ""
        half = f", {str(self.engine.half).removeprefix('torch.')}" if self.engine.half else ""
        print(
            f"{about['model']}: {models.size_of(network):,} weights on {ranks.device}{world}{half}, "
            f"{options.optimizer} at {self.engine.peak:g}.",
            flush=True,
        )

    def _worth_going_on(self, earlier: dict[str, Any] | None) -> dict[str, Any] | None:
        if earlier is not None and earlier["epoch"] >= self.epochs:
            self._starts(
                0,
                f"The earlier run trained {earlier['epoch']} of the {self.epochs} epochs asked for: nothing is left "
                "to go on with, so training starts anew.",
            )
            return None
        return earlier

    def _starts(self, after: int, sentence: str) -> None:
        if self.ranks.first:
            starts(after, sentence)

    def _go_on(self, earlier: dict[str, Any], folder: Path | None) -> None:
        engine = self.engine
        try:
            engine.network.load_state_dict(earlier["model"])
        except RuntimeError as problem:
            why = " ".join(str(problem).split())[:200]
            raise Refused(f"The weights of the earlier run do not fit this model: {why}.") from None
        self.history = list(earlier["history"])
        self.resumed_after = self.saved = int(earlier["epoch"])
        if earlier["optimizer_name"] == self.options.optimizer:
            decays = [group["weight_decay"] for group in engine.optimizer.param_groups]
            engine.optimizer.load_state_dict(earlier["optimizer"])
            for number, group in enumerate(engine.optimizer.param_groups):
                group["weight_decay"] = decays[number]  # the job's, not the earlier run's
            if earlier["scaler"]:  # empty where the earlier run was not in fp16
                engine.scaler.load_state_dict(earlier["scaler"])
        else:
            was, now = earlier["optimizer_name"], self.options.optimizer
            print(f"The optimizer was {was} and is {now}: it begins anew, the weights go on.", flush=True)
        if self.ranks.first:
            best = folder / checkpoint.BEST if folder is not None else None
            if best is not None and best.is_file() and self.history:
                checkpoint.copy(best, self.output / checkpoint.BEST)
            write_results(self.output, self.history)
        self._starts(self.resumed_after, f"Going on after epoch {self.resumed_after} of the earlier run.")

    def run(self, interrupts: Interrupts) -> None:
        """The epochs that are left. KeyboardInterrupt passes through, everything of the last whole epoch saved."""
        began = time.monotonic() - (self.history[-1]["seconds"] if self.history else 0.0)
        for epoch in range(self.resumed_after + 1, self.epochs + 1):
            loss = self.engine.train(epoch)
            metrics = {"loss": loss, **self.engine.validate()}
            rate = self.engine.optimizer.param_groups[0]["lr"]
            seconds = round(time.monotonic() - began, 3)
            self.history.append({"epoch": epoch, "seconds": seconds, **metrics, "lr": float(rate)})
            if not math.isfinite(loss) and not self._has_best():
                raise FloatingPointError(
                    f"the loss is no number any more in epoch {epoch}; lower options.lr, or set options.clip = 1.0"
                )
            with interrupts.held():  # checkpoint, best and results are of the same epoch
                self._save(epoch)
            if self.ranks.first:
                report(epoch, self.epochs, metrics)
            if not math.isfinite(loss):
                print(
                    f"The loss is no number any more in epoch {epoch}: the training ends, the best is kept.", flush=True
                )
                return
            if schedule.worn_out(self._losses(), self.options.patience, self.resumed_after):
                print(f"No lower val_loss in {self.options.patience} epochs: the training ends early.", flush=True)
                return

    def _losses(self) -> list[float]:
        return [row["val_loss"] for row in self.history]

    def _has_best(self) -> bool:
        return schedule.best_epoch(self._losses()) is not None

    def _save(self, epoch: int) -> None:
        """The epoch's checkpoint, and its weights as the best where they are. Before the epoch is told: who reads of an
        epoch can go on from it."""
        if not self.ranks.first:
            return
        if math.isfinite(self.history[-1]["loss"]):
            self.save_last(epoch)
        if schedule.best_epoch(self._losses()) == len(self.history):
            held = {"model": self.engine.network.state_dict(), "about": self.about, "epoch": epoch}
            checkpoint.save(self.output / checkpoint.BEST, held)
        write_results(self.output, self.history)

    def save_last(self, epoch: int) -> None:
        """last.pt: all that it takes to go on after `epoch`."""
        engine = self.engine
        held = {
            "model": engine.network.state_dict(),
            "about": self.about,
            "epoch": epoch,
            "history": self.history,
            "optimizer": engine.optimizer.state_dict(),
            "optimizer_name": self.options.optimizer,
            "scaler": engine.scaler.state_dict(),
        }
        checkpoint.save(self.output / checkpoint.LAST, held)
        self.saved = epoch

    def finish(self) -> None:
        """model.pt, loaded again and tried on one batch; metrics.json, environment.json and the code to use it."""
        kept = checkpoint.BEST if self.options.keep == "best" else checkpoint.LAST
        source = self.output / kept
        if not source.is_file():  # best.pt where no val_loss was a number, last.pt where the loss was none
            source = self.output / (checkpoint.LAST if kept == checkpoint.BEST else checkpoint.BEST)
        if not source.is_file():
            return
        held = checkpoint.load(source)
        model = self.output / checkpoint.MODEL
        checkpoint.save(model, {key: held[key] for key in ("model", "about", "epoch")})
        check = self._check(model)
        losses = self._losses()
        best = schedule.best_epoch(losses)
        row = next((one for one in self.history if one["epoch"] == held["epoch"]), {})
        metrics = {key: value for key, value in row.items() if key not in ("epoch", "seconds", "lr")}
        about = self.about
        write_json(
            self.output / "metrics.json",
            {
                "task": about["task"],
                "model": about["model"],
                "epochs": len(self.history),
                "best_epoch": best,
                "kept_epoch": held["epoch"],
                "metrics": metrics,
                "classes": about["classes"],
                "weights": models.size_of(self.engine.network),
                "samples": {"train": self.engine.data.train_count, "validation": self.engine.data.valid_count},
                "model_check": check,
                **({"features": [one["name"] for one in about["columns"]]} if about["kind"] == "table" else {}),
            },
        )
        cuda = self.ranks.device.type == "cuda"
        write_json(
            self.output / "environment.json",
            environment(
                self.seed,
                ("torch", "torchvision", "timm", "pillow", "numpy"),
                cuda=torch.version.cuda if cuda else None,
                device=torch.cuda.get_device_name(self.ranks.device) if cuda else "cpu",
                processes=self.ranks.world,
                nodes=int(self.job.get("nodes") or 1),
                resumed_after=self.resumed_after or None,
                options=asdict(self.options),
            ),
        )
        code = self.output / "code"
        code.mkdir(exist_ok=True)
        for name in predict.MODULES:
            shutil.copyfile(HERE / name, code / name)
        print(f"Model saved: {model} ({model.stat().st_size:,} bytes), checked by loading it again.", flush=True)

    def _check(self, path: Path) -> dict[str, Any]:
        """Loads the file as a user will and predicts the first batch of the validation part with it."""
        began = time.monotonic()
        again = predict.load_model(path)
        inputs, _, _ = next(iter(self.engine.data.valid.batches(0)))
        said = again.outputs([one[:32].cpu() for one in inputs])
        if not bool(torch.isfinite(said).all()):
            raise RuntimeError(f"{path} does not predict numbers")
        return checked(True, len(said), time.monotonic() - began)


def work(job: dict[str, Any]) -> int:
    """The whole job of this process. Returns the exit code that is meant."""
    return _work(job)[0]


def _work(job: dict[str, Any]) -> tuple[int, bool]:
    """The exit code, and whether all processes of this machine end with it by themselves."""
    interrupts = Interrupts()
    first, local_first = (int(os.environ.get(name) or 0) == 0 for name in ("RANK", "LOCAL_RANK"))
    if not first:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until this process ends
    training: Training | None = None
    try:
        options = read_options(dict(job.get("options") or {}))
        ranks = join(int(job.get("gpus") or 0))
        training = Training(job, options, ranks)
        training.run(interrupts)
        interrupts.stop_here()
        if first:
            training.finish()
        ranks.close()
    except Refused as problem:
        # Before training all processes of a machine find the same fault, and one sentence of it is enough.
        if local_first or training is not None:
            print(f"error: {problem}", file=sys.stderr, flush=True)
        return 2, training is None
    except FloatingPointError as problem:
        if first:
            print(f"error: {problem}.", file=sys.stderr, flush=True)
        return 1, True
    except KeyboardInterrupt:
        return _interrupted(training), False
    except torch.cuda.OutOfMemoryError as problem:
        said = " ".join(str(problem).split())[:200]
        print(f"error: The GPU's memory is full; lower training.batch_size or image_size ({said}).", file=sys.stderr)
        return 1, False
    except Exception:
        if interrupts.seen:  # the others are gone already, and the connection to them broke first
            return _interrupted(training), False
        traceback.print_exc()
        return 1, False
    return 0, True


def _interrupted(training: Training | None) -> int:
    """Saves what was learned. The checkpoint stays that of the last whole epoch; in the first one there is none yet."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if training is not None and training.ranks.first:
        # An epoch that had ended without being saved is trained again by who goes on.
        training.history = [row for row in training.history if row["epoch"] <= training.saved]
        if training.history:
            write_results(training.output, training.history)
        else:
            training.save_last(0)
        training.finish()
        print(f"Interrupted after epoch {training.saved}: what was learned is saved.", flush=True)
    return 130


def main() -> int:
    """Under torchrun, which knows success and failure only and shows a page of its own for each failure: the code that
    is meant goes into a file of this machine's launcher."""
    try:
        code, agreed = _work(read_job(HERE))
    except Refused as problem:
        print(f"error: {problem}", file=sys.stderr, flush=True)
        code, agreed = 2, False
    place = os.environ.get(CODE_FILE)
    if place is None:
        return code
    if code and (code == 2 or not Path(place).exists()):
        part = Path(f"{place}.{os.getpid()}")
        part.write_text(str(code), encoding="ascii")
        part.replace(place)
    return 0 if agreed else code


def _leave(code: int) -> NoReturn:
    """Ends a process of torchrun at once, all files being closed. In the interpreter's own end PyTorch's threads may
    still hold tensors of the last reduction, and what they free then aborts the process (SIGABRT, "terminate called
    without an active exception"): torchrun would call a training failed whose model is saved."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    ended = main()
    if CODE_FILE in os.environ:
        _leave(ended)
    sys.exit(ended)
