// The text side of the compact family: a BERT encoder (Devlin et al., arXiv 1810.04805) that gives token states and one
// vector a sentence, as the sentence-transformers models of that kind do (Reimers & Gurevych, arXiv 1908.10084):
// post-norm blocks, GELU by the error function, layer norms with epsilon 1e-12, mean over the real tokens.
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/pimpl.h>
#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "io/json.h"
#include "io/safetensors.h"

namespace eliq::backbone {

struct SentenceEncoderOptions {
  std::string weights;  // file name in the model directory
  int64_t layers = 6;
  int64_t width = 384;  // a multiple of `heads`
  int64_t heads = 12;
  int64_t ffn = 1536;
  int64_t vocabulary = 30522;
  int64_t positions = 512;   // longest sequence that the weights know
  int64_t max_tokens = 128;  // longest sequence that is accepted, 2 to `positions`, special tokens among them

  // config.json "backbone.text". Error(kModelCorrupt / kModelUnsupported) on anything senseless.
  static SentenceEncoderOptions from_json(const io::Json& json);
};

struct Sentences {
  torch::Tensor hidden;  // float [N, T, width]; rows of padding hold numbers that mean nothing
  torch::Tensor pooled;  // float [N, width]: mean of the real tokens, scaled to Euclidean norm 1
};

// The rows that token ids stand for. They stay in the file's mapping and type; only rows that are looked up are widened
// to float32.
class WordTable {
 public:
  static constexpr const char* kName = "words";  // in the file; "words.scale" beside it where it is stored as I8
  // `table`: float or int8 [V, C]; `scales`: float32 [V], undefined unless the table is int8.
  WordTable(torch::Tensor table, torch::Tensor scales);
  // int64 ids of any shape, each in [0, V), to float32 [..., C]. Unchecked.
  torch::Tensor rows(const torch::Tensor& ids) const;

 private:
  torch::Tensor table_;
  torch::Tensor scales_;
};

// Parameter names: "positions" [positions, width] (the embedding of token type 0 is added into it by the conversion),
// "norm.weight|bias", "layers.<i>.": "qkv.weight" [3 width, width] (query, key and value, one below the other),
// "attention_out.", "attention_norm.", "ffn_in.", "ffn_out.", "ffn_norm.", each ".weight|bias". Fresh weights are
// uninitialised memory, which costs nothing until it is filled: load them before forward().
class SentenceEncoderImpl : public torch::nn::Module {
 public:
  explicit SentenceEncoderImpl(SentenceEncoderOptions options);
  // ids: int64 [N, T]; mask: bool [N, T], true = a real token, or undefined: all are. A sentence comes out the same
  // whatever it is padded with. Error(kInvalidArgument) for an id outside the vocabulary, more than max_tokens tokens,
  // or a sentence without a real token.
  Sentences forward(const torch::Tensor& ids, const torch::Tensor& mask, const WordTable& words);

  const SentenceEncoderOptions& options() const { return options_; }

 private:
  void check(const torch::Tensor& ids, const torch::Tensor& mask) const;

  SentenceEncoderOptions options_;
  torch::Tensor positions_;
  torch::nn::LayerNorm norm_{nullptr};
  torch::nn::ModuleList layers_{nullptr};
};
TORCH_MODULE(SentenceEncoder);

// An encoder whose weights lie in a file of their own. The file is mapped and its header checked when this is made; the
// weights are read at the first encode(). Not for two threads at once.
class LazySentenceEncoder {
 public:
  // `directory`: of the model. Error(kModelNotFound) without the file, Error(kModelCorrupt) where it is not sound or a
  // tensor is missing, unknown or of another shape or type than `options` asks for.
  LazySentenceEncoder(const SentenceEncoderOptions& options, const std::string& directory);
  // As SentenceEncoderImpl::forward. The first call also throws Error(kModelCorrupt) for scales that are no numbers.
  Sentences encode(const torch::Tensor& ids, const torch::Tensor& mask);
  bool loaded() const { return words_ != nullptr; }

 private:
  void load();

  std::string path_;
  std::shared_ptr<const io::SafetensorsFile> file_;  // `words_` reads from its mapping
  SentenceEncoder encoder_;
  std::unique_ptr<WordTable> words_;
};

}  // namespace eliq::backbone
