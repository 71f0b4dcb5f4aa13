"""The tensors and keys of Mamba (arXiv:2312.00752): a state space in each layer, neither attention nor feed-forward."""
import numpy as np

CONVOLUTION_WIDTH = 4
STATE_SIZE = 16
TIME_STEP_RANK = 12  # no multiple of a block of weights


def draw_mamba(w, m, blocks):
    """The layers, drawn by the Weights `w`."""
    inner = 2 * m.hidden
    for block in blocks:
        w.norm(block + "attn_norm", m.hidden)
        w.matrix(block + "ssm_in", 2 * inner, m.hidden, 1.4)
        w.matrix(block + "ssm_conv1d", inner, CONVOLUTION_WIDTH, 1.4)
        w.bias(block + "ssm_conv1d", inner)
        w.matrix(block + "ssm_x", TIME_STEP_RANK + 2 * STATE_SIZE, inner, 1.4)
        w.matrix(block + "ssm_dt", inner, TIME_STEP_RANK)
        w.vector(block + "ssm_dt.bias", inner, -2.0, 0.5)  # steps about 0.1: what was read fades over tens of tokens
        rates = np.log(np.arange(1, STATE_SIZE + 1)) + 0.1 * w.random.standard_normal((inner, STATE_SIZE))
        w.tensors[block + "ssm_a"] = -np.exp(rates).astype(np.float32)
        w.vector(block + "ssm_d", inner, 1.0, 0.1)
        w.matrix(block + "ssm_out", m.hidden, inner)


def add_mamba_hyperparameters(out, m):
    """What llama.cpp's converter writes: a feed-forward and heads of size 0, which nothing reads."""
    out.add_feed_forward_length(0)
    out.add_head_count(0)
    out.add_ssm_conv_kernel(CONVOLUTION_WIDTH)
    out.add_ssm_inner_size(2 * m.hidden)
    out.add_ssm_state_size(STATE_SIZE)
    out.add_ssm_time_step_rank(TIME_STEP_RANK)
    out.add_layer_norm_rms_eps(m.epsilon)
    out.add_ssm_dt_b_c_rms(m.norms_parameters)
