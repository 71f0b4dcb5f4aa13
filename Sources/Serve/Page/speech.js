// Transcripts of files and of the microphone. The browser decodes every kind that it plays; the server gets WAV.
import { events, upload } from "./api.js";
import { $, copy, during, make, say, warn } from "./dom.js";

const sampleRate = 16000;
let recorder = null;
let recording = null; // a Blob from the microphone
let running = null;
let timer = 0;

/** The sound as mono 16-bit PCM in a WAV file. WAV stays as it is: the server reads all of its kinds. */
async function wave(file) {
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...head);
  if (text.startsWith("RIFF") && text.endsWith("WAVE")) return file;
  let sound;
  try {
    sound = await new OfflineAudioContext(1, 1, sampleRate).decodeAudioData(await file.arrayBuffer());
  } catch {
    throw new Error("The browser cannot decode this file.");
  }
  const context = new OfflineAudioContext(1, Math.max(1, Math.ceil(sound.duration * sampleRate)), sampleRate);
  const source = new AudioBufferSourceNode(context, { buffer: sound });
  source.connect(context.destination);
  source.start();
  const samples = (await context.startRendering()).getChannelData(0);
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const write = (place, word) => [...word].forEach((letter, i) => view.setUint8(place + i, letter.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, 36 + 2 * samples.length, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, i) => view.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, sample)) * 32767), true));
  return new Blob([view], { type: "audio/wav" });
}

async function transcribe() {
  const file = recording ?? $("sound").files[0];
  if (!$("speech-model").value) throw new Error("The server has no speech model.");
  if (!file) throw new Error("Choose a recording, or record one.");
  const format = $("speech-format").value;
  const fields = {
    file: new File([await wave(file)], "sound.wav", { type: "audio/wav" }), model: $("speech-model").value,
    language: $("speech-language").value.trim(), response_format: format === "text" ? "json" : format, stream: format === "text" ? "true" : "",
  };
  const output = $("transcript");
  output.textContent = "";
  output.closest(".result").hidden = false;
  running = new AbortController();
  $("speech-stop").hidden = false;
  try {
    const path = $("to-english").checked ? "v1/audio/translations" : "v1/audio/transcriptions";
    const response = await upload(path, fields, running.signal);
    if (format !== "text") return output.append(await response.text());
    for await (const event of events(response)) {
      if (event.type === "transcript.text.delta") output.append(event.delta);
      if (event.type === "transcript.text.done") output.textContent = event.text;
    }
  } finally {
    running = null;
    $("speech-stop").hidden = true;
  }
}

async function record() {
  if (recorder) return recorder.stop();
  warn();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch {
    return warn("The browser gives this page no microphone. It does on https and on localhost, when it is allowed to.");
  }
  const pieces = [];
  recorder = new MediaRecorder(stream);
  recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
  recorder.addEventListener("stop", () => {
    stream.getTracks().forEach((track) => track.stop());
    clearInterval(timer);
    recording = new Blob(pieces, { type: recorder.mimeType });
    recorder = null;
    $("record").setAttribute("aria-pressed", "false");
    $("record").textContent = "Record again";
    $("sound").value = "";
    play(recording);
    say("Recorded");
  });
  recorder.start();
  const begin = Date.now();
  timer = setInterval(() => {
    $("record-time").textContent = `${Math.round((Date.now() - begin) / 1000)} s`;
  }, 250);
  $("record").setAttribute("aria-pressed", "true");
  $("record").textContent = "End recording";
}

function play(blob) {
  const player = $("player");
  if (player.src) URL.revokeObjectURL(player.src);
  player.hidden = !blob;
  if (blob) player.src = URL.createObjectURL(blob);
}

function save() {
  const ending = { text: "txt", srt: "srt", vtt: "vtt" }[$("speech-format").value];
  const address = URL.createObjectURL(new Blob([$("transcript").textContent], { type: "text/plain" }));
  make("a", { href: address, download: `transcript.${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

export function start() {
  $("speech-form").addEventListener("submit", (event) => {
    event.preventDefault();
    during(event.target.querySelector(".main"), transcribe);
  });
  $("sound").addEventListener("change", () => {
    recording = null;
    play($("sound").files[0]);
  });
  $("record").addEventListener("click", record);
  $("speech-stop").addEventListener("click", () => running?.abort());
  $("save").addEventListener("click", save);
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", () => copy($(button.dataset.copy).textContent));
  }
}
