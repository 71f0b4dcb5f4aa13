"""The second oracle for Mamba (arXiv:2312.00752), in numpy, in float64: token by token, as the recurrence is written."""
import gguf
import numpy as np


class Mamba:
    """Mamba or FalconMamba, read from a GGUF."""

    def __init__(self, reader):
        self.keys = {name: field.contents() for name, field in reader.fields.items() if name.startswith("mamba.")}
        self.tensors = {t.name: np.float64(gguf.quants.dequantize(t.data, t.tensor_type)) for t in reader.tensors}
        self.inner, self.state = self.keys["mamba.ssm.inner_size"], self.keys["mamba.ssm.state_size"]
        self.rank = self.keys["mamba.ssm.time_step_rank"]
        self.epsilon = self.keys["mamba.attention.layer_norm_rms_epsilon"]

    def logits(self, ids):
        x = self.tensors["token_embd.weight"][ids]
        for layer in range(self.keys["mamba.block_count"]):
            block = f"blk.{layer}."
            x = x + self.mixer(self.norm(x) * self.tensors[block + "attn_norm.weight"], block)
        x = self.norm(x) * self.tensors["output_norm.weight"]
        return self.linear(x, "output" if "output.weight" in self.tensors else "token_embd")

    def norm(self, x):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + self.epsilon)

    def linear(self, x, name):
        return x @ self.tensors[name + ".weight"].T + self.tensors.get(name + ".bias", 0.0)

    def mixer(self, x, block):
        x, gate = np.split(self.linear(x, block + "ssm_in"), 2, -1)
        x = silu(self.convolve(x, block))
        step, b, c = np.split(self.linear(x, block + "ssm_x"), [self.rank, self.rank + self.state], -1)
        if self.keys.get("mamba.ssm.dt_b_c_rms"):
            step, b, c = self.norm(step), self.norm(b), self.norm(c)
        step = np.logaddexp(0, self.linear(step, block + "ssm_dt"))  # softplus
        a, skip = self.tensors[block + "ssm_a"], self.tensors[block + "ssm_d"]
        h, rows = np.zeros((self.inner, self.state)), []
        for t in range(len(x)):
            h = np.exp(step[t][:, None] * a) * h + (step[t] * x[t])[:, None] * b[t]
            rows.append(h @ c[t] + skip * x[t])
        return self.linear(np.stack(rows) * silu(gate), block + "ssm_out")

    def convolve(self, x, block):
        kernel = self.tensors[block + "ssm_conv1d.weight"]  # [inner, width]
        width = kernel.shape[1]
        padded = np.concatenate([np.zeros((width - 1, self.inner)), x])
        rows = [sum(padded[t + j] * kernel[:, j] for j in range(width)) for t in range(len(x))]
        return np.stack(rows) + self.tensors[block + "ssm_conv1d.bias"]


def silu(x):
    return x / (1 + np.exp(-x))
