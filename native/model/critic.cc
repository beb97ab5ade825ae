#include "model/critic.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "backbone/factory.h"
#include "common/error.h"

namespace eliq::model {
namespace {

constexpr int64_t kFormatVersion = 1;
constexpr std::uintmax_t kLargestConfig = 1 << 20;

void check_format(const io::Json& config) {
  if (config.string_or("format", "") != "eliq-model")
    throw Error(ErrorCode::kModelCorrupt,
                "config.json: \"format\" is not \"eliq-model\"; this is not a model of eliq.");
  const int64_t version = config.integer_or("formatVersion", kFormatVersion);
  if (version != kFormatVersion)
    throw Error(ErrorCode::kModelUnsupported, "config.json: the model has format version " + std::to_string(version) +
                                                  "; this version of eliq reads " + std::to_string(kFormatVersion) +
                                                  ". Update eliq.");
}

std::string read_config(const std::filesystem::path& path) {
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(path, failed);
  if (failed)
    throw Error(ErrorCode::kModelNotFound,
                "There is no model at " + path.parent_path().string() + ": " + path.filename().string() +
                    " is missing. Give the folder that holds config.json and model.safetensors.");
  if (size > kLargestConfig)
    throw Error(ErrorCode::kModelCorrupt, path.string() + " is larger than 1 MiB; it is not a model's config.json.");
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw Error(ErrorCode::kIo, "Could not read " + path.string() + "; check its permissions.");
  return text.str();
}

}  // namespace

CriticImpl::CriticImpl(const io::Json& config) {
  check_format(config);
  input_ = preprocess::CompactInput::from_json(config.at("input"));
  backbone_ = register_module("backbone", backbone::make_backbone(config.at("backbone")));
  const auto fusion_options = fusion::GatedFusionOptions::from_json(config.at("fusion"), backbone_->level_specs());
  const auto query_options = query::QualityQueryTransformerOptions::from_json(config.at("query"), fusion_options.width,
                                                                              backbone_->text_channels());
  fusion = register_module("fusion", fusion::GatedFusion(fusion_options));
  queries = register_module("query", query::QualityQueryTransformer(query_options));
  heads = register_module("heads",
                          query::ScoreHeads(query::ScoreHeadsOptions::from_json(config.at("heads"), query_options)));
}

fusion::CellStatistics CriticImpl::statistics(const torch::Tensor& images) {
  return fusion->resample(backbone_->forward(images, {}));
}

Output CriticImpl::forward(const torch::Tensor& images, const torch::Tensor& text) {
  const backbone::Features features = backbone_->forward(images, text);
  const fusion::CellStatistics statistics = fusion->resample(features);
  return read(fusion->forward(statistics), statistics, features.text, features.text_mask);
}

Output CriticImpl::explain(const torch::Tensor& image, const torch::Tensor& text) {
  const backbone::Features features = backbone_->forward(image, text);
  const fusion::CellStatistics statistics = fusion->resample(features);
  const fusion::Fused fused = fusion->forward(statistics);
  Output output = read(fused, statistics, features.text, features.text_mask);
  fusion::Fused alone;  // every cell an image of its own
  alone.tokens = fused.tokens.transpose(0, 1);
  if (fused.positions.defined()) alone.positions = fused.positions.transpose(0, 1);
  output.local_quality = heads->forward(queries->forward(alone, {}, {})).quality;
  return output;
}

Output CriticImpl::forward_statistics(const fusion::CellStatistics& statistics) {
  return read(fusion->forward(statistics), statistics, {}, {});
}

Output CriticImpl::read(const fusion::Fused& fused, const fusion::CellStatistics& statistics, const torch::Tensor& text,
                        const torch::Tensor& text_mask) {
  const query::QueryOutput queried = queries->forward(fused, text, text_mask);
  Output output;
  output.scores = heads->forward(queried);
  const torch::Tensor flat = queried.quality.flatten(1);
  output.embedding_norm = flat.norm(2, 1);
  output.embedding = flat / output.embedding_norm.unsqueeze(1).clamp_min(1e-12);
  output.gates = fused.gates;
  output.quality_attention = queried.quality_attention;
  output.grid_height = statistics.grid_height;
  output.grid_width = statistics.grid_width;
  return output;
}

Critic load_critic(const std::string& directory) {
  const std::filesystem::path folder(directory);
  if (!std::filesystem::is_directory(folder))
    throw Error(ErrorCode::kModelNotFound,
                "There is no model at " + directory +
                    ": the folder does not exist. Give the folder that holds config.json and model.safetensors.");
  const std::filesystem::path config_path = folder / "config.json";
  Critic critic(io::Json::parse(read_config(config_path), config_path.string()));
  load_weights(*critic, (folder / "model.safetensors").string());
  critic->backbone().open_text(directory);
  for (torch::Tensor& parameter : critic->parameters()) parameter.requires_grad_(false);
  critic->eval();
  return critic;
}

}  // namespace eliq::model
