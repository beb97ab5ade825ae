#include "backbone/sentence_encoder.h"

#include <ATen/ops/linear.h>
#include <c10/core/InferenceMode.h>
#include <torch/nn/modules/normalization.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <set>
#include <utility>

#include "common/config_check.h"
#include "common/error.h"
#include "io/utf8.h"
#include "model/weights.h"

namespace eliq::backbone {
namespace {

// Far above any encoder that belongs here; a configuration beyond them is a mistake or an attack, not a model.
constexpr int64_t kMaxLayers = 48;
constexpr int64_t kMaxWidth = 4096;
constexpr int64_t kMaxFfn = 16'384;
constexpr int64_t kMaxVocabulary = 1'000'000;
constexpr int64_t kMaxPositions = 8192;
constexpr int64_t kMaxParameters = 300'000'000;

int64_t bounded(const io::Json& json, const std::string& key, int64_t low, int64_t high) {
  return require_between("backbone.text." + key, json.at(key).as_integer(), low, high);
}

std::string file_name(const io::Json& json) {
  const std::string& name = json.at("weights").as_string();
  const bool plain = !name.empty() && name != "." && name != ".." && name != "model.safetensors" &&
                     name.find_first_of(std::string("/\\\0", 3)) == std::string::npos;
  if (plain) return name;
  throw Error(ErrorCode::kModelCorrupt,
              "config.json: \"backbone.text.weights\" is \"" + io::clip(name) +
                  "\"; it must be the name of a file of its own in the model directory. Restore the model's own "
                  "config.json.");
}

torch::Tensor empty(torch::IntArrayRef shape) { return torch::empty(shape, torch::kFloat32); }

// A linear map that is not initialised: torch::nn::Linear would draw millions of numbers only to have them overwritten.
class AffineImpl : public torch::nn::Module {
 public:
  AffineImpl(int64_t in, int64_t out)
      : weight(register_parameter("weight", empty({out, in}))), bias(register_parameter("bias", empty({out}))) {}
  torch::Tensor forward(const torch::Tensor& input) { return at::linear(input, weight, bias); }

  torch::Tensor weight;  // [out, in]
  torch::Tensor bias;    // [out]
};
TORCH_MODULE(Affine);

torch::nn::LayerNorm layer_norm(int64_t width) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}).eps(1e-12));
}

// One post-norm block.
class LayerImpl : public torch::nn::Module {
 public:
  explicit LayerImpl(const SentenceEncoderOptions& options)
      : heads_(options.heads),
        qkv_(register_module("qkv", Affine(options.width, 3 * options.width))),
        attention_out_(register_module("attention_out", Affine(options.width, options.width))),
        attention_norm_(register_module("attention_norm", layer_norm(options.width))),
        ffn_in_(register_module("ffn_in", Affine(options.width, options.ffn))),
        ffn_out_(register_module("ffn_out", Affine(options.ffn, options.width))),
        ffn_norm_(register_module("ffn_norm", layer_norm(options.width))) {}

  // x: [N, T, width]; bias: [N, 1, 1, T], 0 for real tokens and -infinity for padding, or undefined.
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& bias) {
    const torch::Tensor attended = attention_norm_->forward(x + attention_out_->forward(attend(x, bias)));
    const torch::Tensor inner = torch::gelu(ffn_in_->forward(attended));
    return ffn_norm_->forward(attended + ffn_out_->forward(inner));
  }

 private:
  // Scaled dot-product attention (Vaswani et al., arXiv 1706.03762).
  torch::Tensor attend(const torch::Tensor& x, const torch::Tensor& bias) {
    const int64_t width = x.size(2) / heads_;
    const torch::Tensor qkv =
        qkv_->forward(x).view({x.size(0), x.size(1), 3, heads_, width}).permute({2, 0, 3, 1, 4});  // [3, N, h, T, w]
    const double scale = 1.0 / std::sqrt(static_cast<double>(width));
    torch::Tensor logits = torch::matmul(qkv[0] * scale, qkv[1].transpose(2, 3));
    if (bias.defined()) logits = logits + bias;
    return torch::matmul(logits.softmax(-1), qkv[2]).transpose(1, 2).reshape(x.sizes());
  }

  int64_t heads_;
  Affine qkv_;
  Affine attention_out_;
  torch::nn::LayerNorm attention_norm_;
  Affine ffn_in_;
  Affine ffn_out_;
  torch::nn::LayerNorm ffn_norm_;
};
TORCH_MODULE(Layer);

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorCode::kInvalidArgument, message); }

// The file's word table, without a copy.
WordTable word_table(const io::SafetensorsFile& file, const std::string& path) {
  const torch::Tensor table = model::as_tensor(file.at(WordTable::kName));
  const bool quantised = table.scalar_type() == torch::kInt8;
  return {table, quantised ? model::row_scales(file, path, WordTable::kName) : torch::Tensor()};
}

}  // namespace

SentenceEncoderOptions SentenceEncoderOptions::from_json(const io::Json& json) {
  const std::string& family = json.at("family").as_string();
  if (family != "bert") throw unknown_choice("backbone.text.family", io::clip(family), "bert");
  SentenceEncoderOptions options;
  options.weights = file_name(json);
  options.layers = bounded(json, "layers", 1, kMaxLayers);
  options.width = bounded(json, "width", 1, kMaxWidth);
  options.heads = bounded(json, "heads", 1, options.width);
  options.ffn = bounded(json, "ffn", 1, kMaxFfn);
  options.vocabulary = bounded(json, "vocabulary", 1, kMaxVocabulary);
  options.positions = bounded(json, "positions", 2, kMaxPositions);
  options.max_tokens = bounded(json, "maxTokens", 2, options.positions);
  if (options.width % options.heads != 0)
    throw Error(ErrorCode::kModelCorrupt,
                "config.json: \"backbone.text.width\" is no multiple of \"backbone.text.heads\". Restore the model's "
                "own config.json.");
  const int64_t count = options.layers * options.width * (4 * options.width + 2 * options.ffn) +
                        (options.vocabulary + options.positions) * options.width;
  if (count > kMaxParameters)
    throw Error(ErrorCode::kModelUnsupported, "config.json: \"backbone.text\" asks for more than " +
                                                  std::to_string(kMaxParameters) +
                                                  " parameters. Use a smaller encoder.");
  return options;
}

WordTable::WordTable(torch::Tensor table, torch::Tensor scales)
    : table_(std::move(table)), scales_(std::move(scales)) {}

torch::Tensor WordTable::rows(const torch::Tensor& ids) const {
  const torch::Tensor flat = ids.reshape({-1});
  torch::Tensor rows = table_.index_select(0, flat).to(torch::kFloat32);
  if (scales_.defined()) rows.mul_(scales_.index_select(0, flat).unsqueeze(1));
  std::vector<int64_t> shape = ids.sizes().vec();
  shape.push_back(table_.size(1));
  return rows.view(shape);
}

SentenceEncoderImpl::SentenceEncoderImpl(SentenceEncoderOptions options)
    : options_(std::move(options)),
      positions_(register_parameter("positions", empty({options_.positions, options_.width}))),
      norm_(register_module("norm", layer_norm(options_.width))),
      layers_(register_module("layers", torch::nn::ModuleList())) {
  for (int64_t layer = 0; layer < options_.layers; ++layer) layers_->push_back(Layer(options_));
}

void SentenceEncoderImpl::check(const torch::Tensor& ids, const torch::Tensor& mask) const {
  if (ids.dim() != 2 || ids.scalar_type() != torch::kInt64 || ids.numel() == 0)
    refuse("A sentence encoder takes token ids, int64 [N, T], that are not empty.");
  if (ids.size(1) > options_.max_tokens)
    refuse("A prompt of " + std::to_string(ids.size(1)) + " tokens is too long for this model, which reads " +
           std::to_string(options_.max_tokens) + ". Shorten the prompt.");
  if (mask.defined()) {
    if (mask.sizes() != ids.sizes() || mask.scalar_type() != torch::kBool)
      refuse("The mask of token ids must be bool and of their shape.");
    if (!mask.any(1).all().item<bool>()) refuse("A prompt has no token. Give a prompt that is not empty.");
  }
  const int64_t least = ids.min().item<int64_t>();
  const int64_t greatest = ids.max().item<int64_t>();
  if (least < 0 || greatest >= options_.vocabulary)
    refuse("Token id " + std::to_string(least < 0 ? least : greatest) + " is not in the model's vocabulary of " +
           std::to_string(options_.vocabulary) + ". Tokenizer and model must belong together.");
}

Sentences SentenceEncoderImpl::forward(const torch::Tensor& ids, const torch::Tensor& mask, const WordTable& words) {
  check(ids, mask);
  torch::Tensor bias;
  if (mask.defined())
    bias = torch::zeros(mask.sizes(), torch::kFloat32)
               .masked_fill_(mask.logical_not(), -std::numeric_limits<float>::infinity())
               .view({mask.size(0), 1, 1, mask.size(1)});
  torch::Tensor x = norm_->forward(words.rows(ids) + positions_.narrow(0, 0, ids.size(1)));
  for (const auto& layer : *layers_) x = layer->as<LayerImpl>()->forward(x, bias);
  // The scale of a mean does not outlive the division by the norm, so a sum does.
  const torch::Tensor sum = mask.defined() ? (x * mask.unsqueeze(2)).sum(1) : x.sum(1);
  return {x, sum / sum.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12)};
}

LazySentenceEncoder::LazySentenceEncoder(const SentenceEncoderOptions& options, const std::string& directory)
    : path_((std::filesystem::path(directory) / options.weights).string()),
      file_(io::SafetensorsFile::open(path_)),
      encoder_(options) {
  const std::vector<std::string> table =
      model::check_tensor(*file_, path_, WordTable::kName, {options.vocabulary, options.width});
  model::check_weights(*encoder_, *file_, path_, "", std::set<std::string>(table.begin(), table.end()));
}

void LazySentenceEncoder::load() {
  const c10::InferenceMode off(false);  // these tensors outlive the request that happens to be the first
  auto words = std::make_unique<WordTable>(word_table(*file_, path_));
  model::load_weights(*encoder_, *file_, path_, "", {WordTable::kName, model::scale_name(WordTable::kName)});
  for (torch::Tensor& parameter : encoder_->parameters()) parameter.requires_grad_(false);
  encoder_->eval();
  words_ = std::move(words);
}

Sentences LazySentenceEncoder::encode(const torch::Tensor& ids, const torch::Tensor& mask) {
  if (!loaded()) load();
  return encoder_->forward(ids, mask, *words_);
}

}  // namespace eliq::backbone
