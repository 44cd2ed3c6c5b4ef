"""The benchmarks that need no window: they run from a fresh clone, and say what others rely on."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import checkpoint
from core.cli import run
from core.config import DataConfig
from core.data.dataset import load
from core.data.sets.drawn.faces import draw_face, write_demo
from core.data.sets.drawn.parameters import sample_parameters
from core.latent.engine import LatentEngine
from core.photo.edit import photo_gain
from tests.helpers.digits import write_digits

pytestmark = pytest.mark.bench

ROOT = Path(__file__).resolve().parent.parent.parent


def test_train_step_compares_both_ways_and_an_epoch() -> None:
    command = [sys.executable, "benchmarks/train_step.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)  # one object and nothing else
    for key in ("plain_images_per_second", "images_per_second", "epoch_images_per_second"):
        assert 0.1 < result[key] < 1e7
    assert 0.05 < result["ratio"] < 50  # few pictures on a machine that does other things too: no more can be asked
    assert 0.05 < result["epoch_share_with_validation"] < result["epoch_share"]
    assert result["precision"] in ("fp32", "bf16")
    assert result["threads"] >= 1


def test_ingest_reads_opens_again_and_cancels() -> None:
    command = [sys.executable, "benchmarks/ingest.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)  # one object and nothing else
    for key in ("images_per_second", "decode_images_per_second", "epoch_read_images_per_second"):
        assert 0.1 < result[key] < 1e7
    assert result["pictures"] == 400
    assert result["peak_mb"] == -1 or 10 < result["peak_mb"] < 600
    assert 0 < result["second_opening_seconds"] < result["import_seconds"]
    assert result["left_by_cancel"] == 0


def test_train_epoch_compares_epochs_and_finds_the_share() -> None:
    command = [sys.executable, "benchmarks/train_epoch.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    for key in ("plain_images_per_second", "images_per_second", "ratio"):
        assert 0.01 < result[key] < 1e7
    assert 0.001 < result["matmul_share"] < 1.2  # two small measurements beside each other
    assert result["gflop_per_image"] == 0.727  # three times 123 million multiply-adds, less the first layer's input
    assert [row["layer"] for row in result["step_by_layer"]] == [
        *(f"encoder.{n}" for n in (0, 4, 8, 12)),
        *(f"decoder.{n}" for n in (0, 4, 8, 12)),
    ]
    assert abs(sum(row["share"] for row in result["step_by_kind"]) - 1) < 0.01
    peer = [result[key] for key in ("peer", "peer_images_per_second", "peer_ratio", "peer_lazy_ratio")]
    if importlib.util.find_spec("pythae"):
        assert None not in peer
    else:  # it says so, once, and leaves those out
        assert peer == [None] * 4
        assert done.stderr.count("pythae isn't installed in this Python") == 1


def test_first_epochs_validates_in_all_ways() -> None:
    command = [sys.executable, "benchmarks/first_epochs.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result["worst_gap"]) == {"torch", "mean", "last_batch", "program"}
    [run_of_seed] = result["runs"]
    assert [row["epoch"] for row in run_of_seed["epochs"]] == [1, 2]
    assert result["worst_gap"]["mean"] > result["worst_gap"]["program"] > 0  # the first batches describe weights long gone


def test_vamp_prior_bounds_log_p_with_both_priors() -> None:
    command = [sys.executable, "benchmarks/vamp_prior.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    [row] = result["runs"]
    for prior in ("normal", "vamp"):
        assert row[prior]["elbo"] < row[prior]["bound"] < 0.0
    assert row["gain"] == pytest.approx(row["vamp"]["bound"] - row["normal"]["bound"], abs=0.02)
    assert result["gain"]["least"] == row["gain"]


def test_family_steps_measures_each_family_beside_a_bare_loop() -> None:
    command = [sys.executable, "benchmarks/family_steps.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    for name in ("vq_vae", "vq_vae_prior", "sc_vae", "vamp_prior", "fruit", "colouriser", "cycle_gan"):
        row = result[name]
        assert row["images_per_second"] > 0
        assert 0.05 < row["ratio"] < 20


def test_photo_families_times_each_way_of_colouring_and_translating() -> None:
    command = [sys.executable, "benchmarks/photo_families.py", "--quick", "--json", "--megapixels", "1"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    for name in ("colourise", "colourise_to_edges", "recolour", "translate_whole", "translate_face", "retranslate", "find"):
        assert result[name]["seconds"] > 0
        assert result[name]["copies"] > 1
    assert result["megapixels"] == 1.0


def test_time_to_quality_trains_each_way_until_the_aims_are_reached() -> None:
    command = [sys.executable, "benchmarks/time_to_quality.py", "--quick", "--json", "--ways", "quick; quick, torch_momentum"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    has_peer = importlib.util.find_spec("pythae") is not None
    assert result["peer"] == ("pythae" if has_peer else None)
    *peers, ours, otherwise = result["ways"]
    assert len(peers) == has_peer
    assert (ours["way"], otherwise["way"]) == ("quick", "quick, torch_momentum")
    assert ours["psnr"] != otherwise["psnr"]  # the averages of BatchNorm do differ
    for way in (ours, otherwise):
        assert way["epochs"] in (1, 2)
        assert 0 < way["minutes"] < 5
        if way["minutes_to_psnr"] is None:
            assert (way["epochs"], way["psnr"] <= result["psnr_aim"]) == (2, True)
        else:  # in the last epoch or an earlier one, which may have been better
            assert 0 <= way["minutes_to_psnr"] <= way["minutes"]
        assert has_peer or way["minutes_to_peer_elbo"] is None


def test_faces_data_leaves_no_file_cut_off_where_it_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves alone what is there already, so the cut-off file would have stayed."""
    spec = importlib.util.spec_from_file_location("faces_data", ROOT / "benchmarks" / "faces_data.py")
    assert spec is not None
    assert spec.loader is not None
    faces_data = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(faces_data)
    source, out = tmp_path / "small", tmp_path / "labelled"
    (source / "a").mkdir(parents=True)
    (source / "labels.csv").write_text("class,file\na,1.jpg\n")
    Image.new("RGB", (8, 6), "red").save(source / "a" / "1.jpg")

    def stop(_picture: Image.Image, to: Path, **_options: object) -> None:
        Path(to).write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Image.Image, "save", stop)
        with pytest.raises(KeyboardInterrupt):
            faces_data.enlarge_labelled(source, out, lambda *_: None)
    assert list((out / "a").iterdir()) == []
    assert faces_data.enlarge_labelled(source, out, lambda *_: None) == 1
    with Image.open(out / "a" / "1.jpg") as picture:
        assert (picture.size, picture.format) == ((16, 12), "JPEG")


def test_few_sprites_says_how_each_run_ended() -> None:
    command = [sys.executable, "benchmarks/few_sprites.py", "--quick", "--json", "--set", "data.image_size=32"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    [run_of_seed] = result["runs"]
    assert (run_of_seed["seed"], run_of_seed["epochs"], run_of_seed["steps"]) == (0, 2, 4)
    assert result["collapsed"] == (run_of_seed["kl"] < 1)
    assert run_of_seed["elbo"] < 0


def test_precision_ends_both_runs() -> None:
    command = [sys.executable, "benchmarks/precision.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["worst_difference"] == result["runs"][0]["difference"]
    assert result["runs"][0]["fp32_elbo"] != result["runs"][0]["bf16_elbo"]  # it did compute otherwise
    assert result["within_one_percent"]


def test_eye_finder_finds_drawn_faces() -> None:
    command = [sys.executable, "benchmarks/eye_finder.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["drawn_pictures"] == 20
    assert result["drawn_found_share"] >= 0.9
    assert result["drawn_median_error"] < 0.04


def test_taught_directions_compares_ways_to_learn_from_few_marks() -> None:
    command = [sys.executable, "benchmarks/taught_directions.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert "smile" in result["attributes"]
    assert set(result["auc_by_marks"]) == {"mean", "shrunk", "logistic", "anywhere", "part", "asked", "asked_part"}
    for by_marks in result["auc_by_marks"].values():
        assert set(by_marks) == {"2", "4", "6", "10", "16", "24", "40"}
        assert all(0.3 < value < 1.0 for value in by_marks.values())


def test_edit_fidelity_measures_edits_of_drawn_faces(tmp_path: Path) -> None:
    faces, photos, sheets = tmp_path / "faces", tmp_path / "photos", tmp_path / "sheets"
    write_demo(faces, 240)
    photos.mkdir()
    for number in range(2):
        draw_face(sample_parameters(np.random.default_rng([number, 3])), 300).save(photos / f"{number}.png")
    command = [sys.executable, "benchmarks/edit_fidelity.py", "--quick", "--json", "--data", str(faces), "--checkpoint", "drawn"]
    judge = ["--judge", str(tmp_path / "judge.safetensors")]
    more = ["--sheets", str(sheets), "--photos", str(photos)]
    done = subprocess.run([*command, *judge, *more], cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert 0.4 < result["judge_accuracy"]["smile"] <= 1.0  # after three short epochs it needn't know much
    assert result["faces"] == {"smile": 20, "-smile": 20}
    for name in ("smile", "-smile"):
        assert 0.0 <= result["decoded_told"][name] <= 1.0
        assert set(result["told_apart"][name]) == {"edited", "unedited", "real"}
        assert all(0.0 <= share <= 1.0 for share in result["told_apart"][name].values())
        assert all(0.2 < ratio < 5.0 for ratio in result["detail_ratio"][name].values())
        for size in ("photo", "model"):
            assert 0.0 <= result["flip_rate"][name][size] <= 1.0
            assert 15.0 < result["upper_face_psnr"][name][size] < 120.0
            assert 0.0 <= result["monotone_share"][name][size] <= 1.0
            assert result["slope"][name][size] > 0.2  # the model sees its own edits
    assert sum(one["photos"] for one in result["photos_detail_ratio"].values() if one) == 2
    written = {path.name for path in sheets.iterdir()}
    assert {"blind-more-1.png", "blind-more-key.json", "faces-more-1.png", "faces-less-4.png", "blind-less-2.png"} <= written
    assert written & {"photos-more-1.png", "photos-less-1.png"}

    listed = tmp_path / "listed"  # and edits that another program made, here none at all
    subprocess.run([*command, "--list", str(listed)], cwd=ROOT, env=os.environ.copy(), capture_output=True, check=True)
    made = [*command, *judge, "--pictures", str(listed / "-smile.npy"), "--wanted=-smile"]
    done = subprocess.run(made, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    ready = json.loads(done.stdout)
    assert ready["upper_face_psnr"]["-smile"]["photo"] == 120.0
    assert ready["monotone_share"]["-smile"]["photo"] is None
    assert ready["detail_ratio"]["-smile"]["edited"] == result["detail_ratio"]["-smile"]["unedited"]
    assert ready["told_apart"]["-smile"] == {"edited": result["told_apart"]["-smile"]["unedited"]}


def test_tune_decoder_leaves_every_code_where_it_is(tmp_path: Path) -> None:
    faces, tuned = tmp_path / "faces", tmp_path / "tuned.safetensors"
    write_demo(faces, 240)
    command = [sys.executable, "benchmarks/tune_decoder.py", "drawn", str(tuned), "--data", str(faces), "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)["reader_accuracy"]) == {"smile", "mouth_open", "eyeglasses"}
    before, after = (LatentEngine.load(checkpoint.find(name)) for name in ("drawn", str(tuned)))
    assert after.id != before.id
    assert after.header.directions == []  # they are fitted anew: what is seen along them is another
    pictures = load(DataConfig(source=str(faces), image_size=before.header.image_shape[1])).images[:20]
    assert photo_gain(before.header) > photo_gain(after.header)
    codes = before.encode(pictures)
    assert np.array_equal(after.encode(pictures).mean, codes.mean)
    rebuilt = [model.decode(codes.mean).astype(float) for model in (before, after)]
    assert np.abs(rebuilt[1] - rebuilt[0]).mean() > 0.1  # it learned,
    errors = [np.square(picture - pictures).mean() for picture in rebuilt]
    assert errors[1] < 1.26 * errors[0]  # and forgot less than 1 dB


def test_face_framing_puts_the_eyes_where_they_should_be() -> None:
    command = [sys.executable, "benchmarks/face_framing.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["pictures"] == 20
    assert result["framed_share"] >= 0.8
    assert result["median_eye_error"] < 0.06
    assert set(result["left_out"]) <= {"no face found", "no eyes found in its face"}


def test_conditional_names_what_a_model_draws(tmp_path: Path) -> None:
    source = f"mnist:{write_digits(tmp_path / 'digits', 40, 20)}"
    words = ["--set", "model.name=conditional_vae", "--set", "model.hidden_units=16", "--latent-dim", "2", "--epochs", "1"]
    assert run(["train", "--data", source, "--out", str(tmp_path / "run"), "--threads", "1", *words]) == 0
    command = [sys.executable, "benchmarks/conditional.py", "--quick", "--json", "--checkpoint", str(tmp_path / "run")]
    command += ["--data", source]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert set(result["right_by_class"]) == set("0123456789")
    assert result["right"] == pytest.approx(sum(result["right_by_class"].values()) / 10, abs=1e-3)
    assert result["samples"] == 500
    assert result["validation_pictures"] == 20


def test_measures_say_what_is_known() -> None:
    command = [sys.executable, "benchmarks/measures.py", "--quick", "--json", "--codes", "perfect,rotated"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    perfect, rotated = (result["codes"][name]["values"] for name in ("perfect", "rotated"))
    for name in ("mig", "mig_chen", "factor_vae_score"):
        assert perfect[name] > 0.9
        assert rotated[name] < 0.4
    assert perfect["sap"] > rotated["sap"] + 0.2
    assert perfect["dci"]["disentanglement"] > 0.98
    assert rotated["dci"]["disentanglement"] < 0.2
    assert set(result["codes"]["perfect"]["seconds"]) == {"mig", "mig_chen", "factor_vae_score", "sap", "dci"}
    assert [row["values"] for row in result["sap_by_values"]] == [2, 3, 4, 5, 6, 8, 10, 20]


def test_sprites_study_trains_once_and_measures_each_objective(tmp_path: Path) -> None:
    command = [sys.executable, "benchmarks/sprites_study.py", "--quick", "--json", "--out", str(tmp_path), "--measures", "mig"]
    command += ["--objectives", "beta_vae:2", "--seeds", "0,1", "--set", "batch_size=32"]
    env = os.environ | {"LABKHAND_CACHE": str(tmp_path / "cache")}
    first, second = (subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False) for _ in range(2))
    assert first.returncode == 0, first.stderr
    result = json.loads(first.stdout)
    assert set(result) == {"beta_vae, beta 2"}
    found = result["beta_vae, beta 2"]
    assert (found["seeds"], found["steps"], found["pictures"]) == (2, 18, 570)  # with batches of 32
    assert found["reconstruction"]["least"] < found["reconstruction"]["mean"] < found["reconstruction"]["most"]
    assert 0.0 <= found["mig"]["least"] <= found["mig"]["most"] < 0.2
    assert first.stderr.count("training ") == 2
    assert "training " not in second.stderr  # what is there is measured again, not trained
    assert json.loads(second.stdout) == result


def test_face_quality_measures_rebuilt_and_invented_faces() -> None:
    command = [sys.executable, "benchmarks/face_quality.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    model = result["drawn"]
    assert 15 < model["psnr"] < 35
    assert 0.2 < model["detail"] < 1.2
    assert 0.2 < model["correlation"] <= 1.0
    assert model["told_apart"] is None, "80 faces are too few to learn from"
    assert result["decode_ms"]["drawn"] > 0


def test_sparse_codes_trains_the_sparse_and_the_plain_network() -> None:
    command = [sys.executable, "benchmarks/sparse_codes.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert 0.0 < result["sparse"]["nonzeros"] < 1.0
    assert result["gap"]["dB"] == pytest.approx(result["plain"]["psnr"] - result["sparse"]["psnr"], abs=0.01)
    assert result["sparse"]["pictures"] == result["plain"]["pictures"] > 0


def test_a_cycle_gan_is_judged_beside_a_direction_on_the_same_faces(tmp_path: Path) -> None:
    faces, out = tmp_path / "faces", tmp_path / "gan"
    write_demo(faces, 240)
    small = ["--set", "width=4", "--set", "blocks=1", "--set", "judge_width=4", "--set", "judge_layers=2", "--set", "epoch_pairs=8"]
    train = ["train", "--family", "cycle_gan", "--data", str(faces), "--image-size", "32", "--epochs", "1", *small]
    assert run([*train, "--out", str(out)]) == 0
    run_of_it = ["--cyclegan", str(out)]
    command = [sys.executable, "benchmarks/smile_ways.py", "--quick", "--json", "--data", str(faces), "--checkpoint", "drawn"]
    drawn = ["--sheet", str(tmp_path / "ways.png")]
    done = subprocess.run(
        [*command, *run_of_it, *drawn], cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    for goal in ("smile", "-smile"):
        untrained, direction = result[f"{goal}, cyclegan"], result[f"{goal}, direction"]
        assert untrained["upper_face_psnr"] > direction["upper_face_psnr"] + 1.0  # it changes next to nothing yet
        assert 0.0 <= untrained["flip_rate"] <= 1.0  # of a judge of three short epochs
        assert 0.0 <= untrained["told_apart"] <= 1.0
        assert result[f"{goal}, unedited"]["detail_ratio"] > 0.0
    with Image.open(tmp_path / "ways.png") as sheet:
        assert sheet.size == (3 * 256, 10 * 274)
    assert (tmp_path / "ways-less.png").exists()
