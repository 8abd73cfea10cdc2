"""What renders Kubernetes' folders, which a machine may lack."""

import shutil

import pytest

needs_kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl, which renders, is not installed")
