#include "backbone/compact.h"

#include <ATen/ops/linear.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "common/error.h"

namespace eliq::backbone {

namespace {

// Far above any tower of this family; a configuration beyond them is a mistake or an attack, not a model.
constexpr int64_t kMaxStages = 32;
constexpr int64_t kMaxRepeats = 64;
constexpr int64_t kMaxExpansion = 16;
constexpr int64_t kMaxChannels = 8192;
constexpr int64_t kMaxClasses = 100'000;
constexpr int64_t kMaxParameters = 300'000'000;

int64_t bounded(const io::Json& json, const std::string& key, int64_t low, int64_t high) {
  const int64_t value = json.at(key).as_integer();
  if (value < low || value > high) {
    throw Error(ErrorCode::kModelUnsupported, "The compact backbone's \"" + key + "\" is " + std::to_string(value) +
                                                  "; it must lie between " + std::to_string(low) + " and " +
                                                  std::to_string(high) + ".");
  }
  return value;
}

int64_t odd_kernel(const io::Json& json) {
  const int64_t kernel = bounded(json, "kernel", 1, 15);
  if (kernel % 2 == 0) {
    throw Error(ErrorCode::kModelUnsupported,
                "The compact backbone needs odd kernels, not " + std::to_string(kernel) + ".");
  }
  return kernel;
}

CompactStage stage_from_json(const io::Json& json) {
  return {odd_kernel(json), bounded(json, "expansion", 1, kMaxExpansion), bounded(json, "channels", 1, kMaxChannels),
          bounded(json, "stride", 1, 2), bounded(json, "repeats", 1, kMaxRepeats)};
}

int64_t count_parameters(const CompactOptions& options) {
  int64_t channels = options.stem_channels;
  int64_t count = 3 * options.stem_kernel * options.stem_kernel * channels;
  for (const CompactStage& stage : options.stages) {
    for (int64_t block = 0; block < stage.repeats; ++block) {
      const int64_t wide = channels * stage.expansion;
      count += wide * (channels + stage.kernel * stage.kernel + stage.channels);
      channels = stage.channels;
    }
  }
  const int64_t last = options.head_channels > 0 ? options.head_channels : channels;
  return count + channels * options.head_channels + last * options.classes;
}

// Index of the stage that a tap names; stages.size() for "head".
int64_t tap_index(const CompactOptions& options, const std::string& tap) {
  if (tap == "head" && options.head_channels > 0) return static_cast<int64_t>(options.stages.size());
  constexpr std::string_view kPrefix = "stage.";
  if (tap.starts_with(kPrefix)) {
    size_t index = 0;
    const char* end = tap.data() + tap.size();
    const auto parsed = std::from_chars(tap.data() + kPrefix.size(), end, index);
    if (parsed.ec == std::errc{} && parsed.ptr == end && index < options.stages.size())
      return static_cast<int64_t>(index);
  }
  throw Error(ErrorCode::kModelCorrupt,
              "The compact backbone has no tap \"" + tap + "\"; taps are \"stage.0\" to \"stage." +
                  std::to_string(options.stages.size() - 1) + "\", and \"head\" where there is one.");
}

void check_images(const torch::Tensor& images) {
  if (images.dim() != 4 || images.size(1) != 3 || images.numel() == 0 || !images.is_floating_point()) {
    throw Error(ErrorCode::kInvalidArgument,
                "A compact backbone takes floating-point images [N, 3, H, W] that are not empty.");
  }
}

}  // namespace

CompactOptions CompactOptions::from_json(const io::Json& json) {
  CompactOptions options;
  const io::Json& stem = json.at("stem");
  options.stem_channels = bounded(stem, "channels", 1, kMaxChannels);
  options.stem_kernel = odd_kernel(stem);
  options.stem_stride = bounded(stem, "stride", 1, 2);
  const auto& stages = json.at("stages").as_array();
  if (stages.empty() || stages.size() > kMaxStages) {
    throw Error(ErrorCode::kModelUnsupported,
                "The compact backbone needs 1 to " + std::to_string(kMaxStages) + " stages.");
  }
  for (const io::Json& stage : stages) options.stages.push_back(stage_from_json(stage));
  if (json.has("headChannels")) options.head_channels = bounded(json, "headChannels", 0, kMaxChannels);
  if (json.has("classes")) options.classes = bounded(json, "classes", 0, kMaxClasses);
  const std::string padding = json.string_or("padding", "same");
  if (padding != "same" && padding != "symmetric") {
    throw Error(ErrorCode::kModelUnsupported, "The compact backbone's \"padding\" must be \"same\" or \"symmetric\".");
  }
  options.same_padding = padding == "same";
  if (json.has("text")) options.text = SentenceEncoderOptions::from_json(json.at("text"));
  for (const io::Json& tap : json.at("taps").as_array()) {
    const std::string& name = tap.as_string();
    tap_index(options, name);
    if (std::find(options.taps.begin(), options.taps.end(), name) != options.taps.end()) {
      throw Error(ErrorCode::kModelCorrupt, "The compact backbone taps \"" + name + "\" twice.");
    }
    options.taps.push_back(name);
  }
  if (options.taps.empty()) throw Error(ErrorCode::kModelCorrupt, "The compact backbone needs at least one tap.");
  if (count_parameters(options) > kMaxParameters) {
    throw Error(ErrorCode::kModelUnsupported, "The compact backbone's configuration asks for more than " +
                                                  std::to_string(kMaxParameters) + " parameters.");
  }
  return options;
}

CompactImpl::CompactImpl(CompactOptions options) : options_(std::move(options)) {
  stem_ = register_module("stem", Convolution(ConvolutionOptions{.in_channels = 3,
                                                                 .out_channels = options_.stem_channels,
                                                                 .kernel = options_.stem_kernel,
                                                                 .stride = options_.stem_stride,
                                                                 .relu6 = true,
                                                                 .same_padding = options_.same_padding}));
  stages_ = register_module("stages", torch::nn::ModuleList());
  int64_t channels = options_.stem_channels;
  for (const CompactStage& stage : options_.stages) {
    torch::nn::ModuleList blocks;
    for (int64_t block = 0; block < stage.repeats; ++block) {
      blocks->push_back(InvertedResidual(InvertedResidualOptions{.in_channels = channels,
                                                                 .out_channels = stage.channels,
                                                                 .kernel = stage.kernel,
                                                                 .expansion = stage.expansion,
                                                                 .stride = block == 0 ? stage.stride : 1,
                                                                 .same_padding = options_.same_padding}));
      channels = stage.channels;
    }
    stages_->push_back(blocks);
  }
  if (options_.head_channels > 0) {
    head_ =
        register_module("head", Convolution(ConvolutionOptions{
                                    .in_channels = channels, .out_channels = options_.head_channels, .relu6 = true}));
    channels = options_.head_channels;
  }
  if (options_.classes > 0) classifier_ = register_module("classifier", torch::nn::Linear(channels, options_.classes));
}

void CompactImpl::reset() {
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* convolution = module->as<ConvolutionImpl>()) convolution->reset();
  }
  if (classifier_) classifier_->reset_parameters();
}

void CompactImpl::prepare_inference() {
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* convolution = module->as<ConvolutionImpl>()) convolution->prepare_inference();
  }
}

template <typename Visit>
torch::Tensor CompactImpl::run(const torch::Tensor& images, int64_t last_stage, const Visit& visit) {
  check_images(images);
  torch::Tensor tokens = stem_->forward(images.contiguous(torch::MemoryFormat::ChannelsLast));
  for (int64_t index = 0; index <= last_stage; ++index) {
    for (const auto& block : *stages_[index]->as<torch::nn::ModuleListImpl>()) {
      tokens = block->as<InvertedResidualImpl>()->forward(tokens);
    }
    visit(index, tokens);
  }
  return tokens;
}

Features CompactImpl::forward(const torch::Tensor& images, const torch::Tensor& text) {
  const std::vector<LevelSpec> specs = level_specs();
  Features features;
  int64_t deepest = 0;
  for (const LevelSpec& spec : specs) {
    features.levels.push_back({spec.name, spec.stride, {}});
    deepest = std::max(deepest, tap_index(options_, spec.name));
  }
  const auto stages = static_cast<int64_t>(options_.stages.size());
  const auto keep = [&](int64_t index, const torch::Tensor& tokens) {
    for (Level& level : features.levels) {
      if (tap_index(options_, level.name) == index) level.tokens = tokens;
    }
  };
  const torch::Tensor last = run(images, std::min(deepest, stages - 1), keep);
  if (deepest == stages) keep(stages, head_->forward(last));
  features.input_height = images.size(2);
  features.input_width = images.size(3);
  if (options_.text && text.defined()) read_text(text, features);
  return features;
}

void CompactImpl::open_text(const std::string& directory) {
  if (options_.text) text_ = std::make_unique<LazySentenceEncoder>(*options_.text, directory);
}

void CompactImpl::read_text(const torch::Tensor& text, Features& features) {
  if (!text_)
    throw Error(ErrorCode::kInvalidArgument, "The backbone's text side was not opened, so it cannot read a text.");
  const torch::Tensor mask = text != kPaddingToken;
  const Sentences sentences = text_->encode(text.masked_fill(mask.logical_not(), 0), mask);
  features.text = sentences.hidden;
  features.text_mask = mask;
  features.sentence = sentences.pooled;
}

std::vector<LevelSpec> CompactImpl::level_specs() const {
  std::vector<LevelSpec> specs;
  for (const std::string& tap : options_.taps) {
    const int64_t index = tap_index(options_, tap);
    const auto stages = static_cast<int64_t>(options_.stages.size());
    int64_t stride = options_.stem_stride;
    for (int64_t stage = 0; stage <= std::min(index, stages - 1); ++stage) stride *= options_.stages[stage].stride;
    specs.push_back({tap, stride, index == stages ? options_.head_channels : options_.stages[index].channels});
  }
  return specs;
}

torch::Tensor CompactImpl::classify(const torch::Tensor& images) {
  if (!classifier_)
    throw Error(ErrorCode::kModelUnsupported, "This compact backbone was converted without its classifier.");
  const auto stages = static_cast<int64_t>(options_.stages.size());
  torch::Tensor tokens = run(images, stages - 1, [](int64_t, const torch::Tensor&) {});
  if (head_) tokens = head_->forward(tokens);
  return classifier_->forward(tokens.mean({2, 3}));
}

}  // namespace eliq::backbone
