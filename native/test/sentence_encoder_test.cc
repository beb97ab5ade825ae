#include "backbone/sentence_encoder.h"

#include <c10/core/InferenceMode.h>

#include <functional>
#include <limits>

#include "common/error.h"
#include "model/weights.h"
#include "test/harness.h"
#include "test/numeric.h"
#include "test/pictures.h"
#include "test/tiny_model.h"

using namespace eliq;
using backbone::LazySentenceEncoder;
using backbone::SentenceEncoderOptions;

namespace {

struct Golden {
  std::vector<int64_t> ids;
  std::vector<double> pooled;
  std::vector<double> last;
};

const Golden kGoldens[] = {
#include "test/goldens/sentence_encoder.inc"
};

// The encoder of scripts/parity/sentence_encoder_goldens.py.
const std::string kText =
    R"({"family": "bert", "weights": "text.safetensors", "layers": 2, "width": 12, "heads": 3, "ffn": 20,
        "vocabulary": 17, "positions": 9, "maxTokens": 9})";

SentenceEncoderOptions options_of(const std::string& text = kText) {
  return SentenceEncoderOptions::from_json(io::Json::parse(text, "config.json"));
}

using Tensors = std::vector<std::pair<std::string, torch::Tensor>>;

Tensors tiny_weights() {
  backbone::SentenceEncoder encoder(options_of());
  Tensors tensors = model::named_weights(*encoder);
  tensors.emplace_back("words", torch::empty({17, 12}));
  for (auto& [name, tensor] : tensors) {
    tensor = torch::empty(tensor.sizes());
    test::fill_parameter(name, tensor);
  }
  return tensors;
}

// Matrices as int8 with a scale of `type` a row.
Tensors quantised(const Tensors& tensors, torch::ScalarType type) {
  Tensors result;
  for (const auto& [name, tensor] : tensors) {
    if (tensor.dim() != 2) {
      result.emplace_back(name, tensor);
      continue;
    }
    const torch::Tensor scale = (tensor.abs().amax(1) / 127).to(type);
    const torch::Tensor rounded = (tensor / scale.to(torch::kFloat32).unsqueeze(1)).round().clamp(-127, 127);
    result.emplace_back(name, rounded.to(torch::kInt8));
    result.emplace_back(name + ".scale", scale);
  }
  return result;
}

io::DType dtype_of(const torch::Tensor& tensor) {
  if (tensor.scalar_type() == torch::kInt8) return io::DType::kI8;
  if (tensor.scalar_type() == torch::kUInt8) return io::DType::kU8;
  return tensor.scalar_type() == torch::kFloat16 ? io::DType::kF16 : io::DType::kF32;
}

void write(const test::TemporaryFolder& folder, const Tensors& tensors) {
  std::vector<io::TensorSource> sources;
  for (const auto& [name, tensor] : tensors)
    sources.push_back({name, dtype_of(tensor), tensor.sizes().vec(), tensor.const_data_ptr()});
  io::write_safetensors(folder / "text.safetensors", sources, {});
}

torch::Tensor ids_of(const std::vector<int64_t>& ids) { return torch::tensor(ids).unsqueeze(0); }

double distance(const torch::Tensor& tensor, const std::vector<double>& expected) {
  return test::greatest_difference(tensor, torch::tensor(expected, torch::kFloat64));
}

// The message of the eliq::Error of this code that `action` throws; empty when it throws none.
std::string failure(ErrorCode code, const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code() == code ? error.what() : "";
  }
  return "";
}

std::string load_failure(const Tensors& tensors) {
  const test::TemporaryFolder folder;
  write(folder, tensors);
  return failure(ErrorCode::kModelCorrupt, [&] { LazySentenceEncoder(options_of(), folder.path()); });
}

Tensors with(Tensors tensors, const std::string& name, const torch::Tensor& tensor) {
  for (auto& item : tensors)
    if (item.first == name) item.second = tensor;
  return tensors;
}

}  // namespace

TEST("sentence encoder: token states and vectors are PyTorch's, padded or not") {
  const test::TemporaryFolder folder;
  write(folder, tiny_weights());
  LazySentenceEncoder encoder(options_of(), folder.path());
  EXPECT(!encoder.loaded());
  const int64_t rows = std::size(kGoldens);
  const torch::Tensor batch = torch::zeros({rows, 9}, torch::kInt64);
  const torch::Tensor mask = torch::zeros({rows, 9}, torch::kBool);
  const c10::InferenceMode inference;
  for (int64_t row = 0; row < rows; ++row) {
    const Golden& golden = kGoldens[row];
    const auto tokens = static_cast<int64_t>(golden.ids.size());
    const backbone::Sentences alone = encoder.encode(ids_of(golden.ids), {});
    EXPECT(distance(alone.pooled[0], golden.pooled) < 1e-5);
    EXPECT(distance(alone.hidden[0][tokens - 1], golden.last) < 1e-5);
    EXPECT(std::abs(alone.pooled.norm().item<double>() - 1) < 1e-6);
    batch[row].narrow(0, 0, tokens).copy_(torch::tensor(golden.ids));
    mask[row].narrow(0, 0, tokens).fill_(true);
  }
  EXPECT(encoder.loaded());
  const backbone::Sentences together = encoder.encode(batch, mask);
  for (int64_t row = 0; row < rows; ++row) {
    const Golden& golden = kGoldens[row];
    EXPECT(distance(together.pooled[row], golden.pooled) < 1e-5);
    EXPECT(distance(together.hidden[row][static_cast<int64_t>(golden.ids.size()) - 1], golden.last) < 1e-5);
  }
}

TEST("sentence encoder: int8 rows give what their dequantised matrices give") {
  for (const torch::ScalarType type : {torch::kFloat32, torch::kFloat16}) {
    const Tensors stored = quantised(tiny_weights(), type);
    Tensors plain;
    for (size_t i = 0; i < stored.size(); ++i) {
      const auto& [name, tensor] = stored[i];
      if (tensor.scalar_type() != torch::kInt8) {
        if (!name.ends_with(".scale")) plain.emplace_back(name, tensor);
        continue;
      }
      const torch::Tensor scale = stored[i + 1].second.to(torch::kFloat32).unsqueeze(1);
      plain.emplace_back(name, tensor.to(torch::kFloat32) * scale);
    }
    const test::TemporaryFolder a, b;
    write(a, stored);
    write(b, plain);
    LazySentenceEncoder small(options_of(), a.path());
    LazySentenceEncoder large(options_of(), b.path());
    for (const Golden& golden : kGoldens) {
      const torch::Tensor ids = ids_of(golden.ids);
      EXPECT(test::greatest_difference(small.encode(ids, {}).hidden, large.encode(ids, {}).hidden) < 1e-6);
      EXPECT(distance(small.encode(ids, {}).pooled[0], golden.pooled) < 0.1);
    }
  }
}

TEST("sentence encoder: a wrong file is found before the first prompt and the tensor is named") {
  const Tensors good = quantised(tiny_weights(), torch::kFloat32);
  EXPECT_EQ(load_failure(good), "");
  const test::TemporaryFolder empty;
  EXPECT(failure(ErrorCode::kModelNotFound, [&] {
           LazySentenceEncoder(options_of(), empty.path());
         }).find("text.safetensors") != std::string::npos);
  const auto names = [](const std::string& message, const std::string& tensor) {
    return message.find("\"" + tensor + "\"") != std::string::npos;
  };
  const std::string qkv = "layers.1.qkv.weight";
  EXPECT(names(load_failure(with(good, qkv, torch::zeros({36, 11}, torch::kInt8))), qkv));
  EXPECT(names(load_failure(with(good, qkv, torch::zeros({36, 12}, torch::kUInt8))), qkv));
  EXPECT(names(load_failure(with(good, "norm.bias", torch::zeros({12}, torch::kInt8))), "norm.bias"));
  EXPECT(names(load_failure(with(good, qkv + ".scale", torch::zeros({35}))), qkv + ".scale"));
  EXPECT(names(load_failure(with(good, qkv + ".scale", torch::zeros({36}, torch::kInt8))), qkv + ".scale"));
  EXPECT(names(load_failure(with(good, "words", torch::zeros({16, 12}, torch::kInt8))), "words"));
  EXPECT(names(load_failure(with(good, "words", torch::zeros({17, 12}))), "words.scale"));  // now nobody's scale
  for (const std::string& lost : {qkv, qkv + ".scale", std::string("words"), std::string("words.scale")}) {
    Tensors fewer;
    for (const auto& item : good)
      if (item.first != lost) fewer.push_back(item);
    EXPECT(names(load_failure(fewer), lost));
  }
}

TEST("sentence encoder: scales that are no numbers are found at the first prompt") {
  for (const std::string& name : {std::string("words.scale"), std::string("layers.0.ffn_in.weight.scale")}) {
    const test::TemporaryFolder folder;
    Tensors tensors = quantised(tiny_weights(), torch::kFloat32);
    for (auto& [key, tensor] : tensors)
      if (key == name) tensor[3] = std::numeric_limits<float>::quiet_NaN();
    write(folder, tensors);
    LazySentenceEncoder encoder(options_of(), folder.path());
    EXPECT(failure(ErrorCode::kModelCorrupt, [&] { encoder.encode(ids_of({1, 2}), {}); }).find(name) !=
           std::string::npos);
    EXPECT(!encoder.loaded());
  }
}

TEST("sentence encoder: senseless ids and configurations are refused") {
  const test::TemporaryFolder folder;
  write(folder, tiny_weights());
  LazySentenceEncoder encoder(options_of(), folder.path());
  const auto refused = [&](const torch::Tensor& ids, const torch::Tensor& mask) {
    return !failure(ErrorCode::kInvalidArgument, [&] { encoder.encode(ids, mask); }).empty();
  };
  EXPECT(refused(ids_of({1, 17, 2}), {}));
  EXPECT(refused(ids_of({1, -2, 2}), {}));
  EXPECT(refused(torch::ones({1, 10}, torch::kInt64), {}));
  EXPECT(refused(torch::ones({1, 0}, torch::kInt64), {}));
  EXPECT(refused(torch::ones({1, 3}), {}));
  EXPECT(refused(ids_of({1, 2}), torch::zeros({1, 2}, torch::kBool)));
  EXPECT(refused(ids_of({1, 2}), torch::ones({1, 3}, torch::kBool)));
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"heads\": 3", "\"heads\": 5"},
                                                        {"\"maxTokens\": 9", "\"maxTokens\": 10"},
                                                        {"text.safetensors", "../text.safetensors"},
                                                        {"text.safetensors", "model.safetensors"},
                                                        {"\"layers\": 2", "\"layers\": 0"}})
    EXPECT(!failure(ErrorCode::kModelCorrupt, [&] { options_of(test::replaced(kText, from, to)); }).empty());
  EXPECT(!failure(ErrorCode::kModelUnsupported, [&] { options_of(test::replaced(kText, "bert", "gru")); }).empty());
}

TEST("sentence encoder: a critic with a text side scores alignment when it is given a prompt") {
  const test::TemporaryFolder folder;
  write(folder, tiny_weights());
  const std::string config =
      test::replaced(test::replaced(test::tiny_config(), "\"alignmentQueries\": 0", "\"alignmentQueries\": 2"),
                     "\"family\": \"compact\",", "\"family\": \"compact\", \"text\": " + kText + ",");
  model::Critic critic = test::tiny_critic(config);
  const torch::Tensor images = torch::randn({1, 3, 64, 64}).expand({2, 3, 64, 64}).contiguous();
  const torch::Tensor text = torch::tensor(std::vector<int64_t>{1, 5, 2, -1, 1, 16, 3, 2}).view({2, 4});
  EXPECT(!failure(ErrorCode::kInvalidArgument, [&] { critic->forward(images, text); }).empty());
  critic->backbone().open_text(folder.path());
  const c10::InferenceMode inference;
  const model::Output blind = critic->forward(images);
  const model::Output seeing = critic->forward(images, text);
  EXPECT(!blind.scores.alignment.defined());
  REQUIRE(seeing.scores.alignment.defined());
  EXPECT(seeing.scores.alignment[0].item<double>() != seeing.scores.alignment[1].item<double>());
  EXPECT_EQ(test::greatest_difference(blind.scores.quality, seeing.scores.quality), 0.0);
  const torch::Tensor first = text.narrow(0, 0, 1).narrow(1, 0, 3);
  const model::Output alone = critic->forward(images.narrow(0, 0, 1), first);
  EXPECT(std::abs((alone.scores.alignment[0] - seeing.scores.alignment[0]).item<double>()) < 1e-5);
  const backbone::Features features = critic->backbone().forward(images, text);
  EXPECT_EQ(features.sentence.sizes().vec().back(), 12);
  EXPECT_EQ(features.text_mask.sum().item<int64_t>(), 7);
}
