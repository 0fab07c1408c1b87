"""The frameworks: a folder each with the script that trains, what it needs, what it leaves."""

from unitrainer_tui.frameworks.artifacts import choose_model, model_filename
from unitrainer_tui.frameworks.registry import FrameworkSpec, build_job, setup_plan, spec_of

__all__ = ["FrameworkSpec", "build_job", "choose_model", "model_filename", "setup_plan", "spec_of"]
