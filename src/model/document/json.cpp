#include <rapidjson/memorystream.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "model/document/document.h"
#include "model/document/yaml.h"

namespace egressc::model {
namespace {

// RapidJSON tells where it is: at an opening bracket, but behind a scalar, whose beginning is found from there.
class JsonHandler {
 public:
  JsonHandler(std::string_view text, const rapidjson::MemoryStream& stream) : text_(text), stream_(&stream) {
    tree_.reserve_for(text);
  }

  bool Null() {
    tree_.add_null(mark(stream_->Tell() - 4));
    return within_limits();
  }
  bool Bool(bool value) { return scalar(value ? "true" : "false", value ? 4 : 5); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return scalar({text, size}, size); }
  bool String(const char* text, rapidjson::SizeType size, bool) { return quoted({text, size}); }
  bool Key(const char* text, rapidjson::SizeType size, bool) { return quoted({text, size}); }
  bool StartObject() {
    tree_.open_map(Layout::flow, mark(stream_->Tell()));
    return within_limits();
  }
  bool StartArray() {
    tree_.open_list(Layout::flow, mark(stream_->Tell()));
    return within_limits();
  }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }
  // Never called: numbers come as their text.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  Tree take() { return std::move(tree_); }

 private:
  bool within_limits() const { return tree_.depth() <= most_document_depth && tree_.size() <= most_document_nodes; }

  bool close() {
    tree_.close();
    return true;
  }

  bool scalar(std::string_view text, std::size_t size) {
    tree_.add_scalar(text, Form::text, mark(stream_->Tell() - size));
    return within_limits();
  }

  bool quoted(std::string_view value) {
    std::size_t open = stream_->Tell() - 1;
    for (bool escaped = true; escaped;) {
      open = text_.rfind('"', open - 1);
      const std::size_t before = open == 0 ? text_.npos : text_.find_last_not_of('\\', open - 1);
      escaped = (open - (before == text_.npos ? 0 : before + 1)) % 2 != 0;
    }
    tree_.add_scalar(value, Form::text, mark(open));
    return within_limits();
  }

  // Tokens begin in ascending order, so every byte is looked at once.
  Mark mark(std::size_t at) {
    for (; seen_ < at; ++seen_) {
      if (text_[seen_] != '\n') continue;
      ++line_;
      line_start_ = seen_ + 1;
    }
    return {line_, static_cast<std::uint32_t>(at - line_start_ + 1)};
  }

  std::string_view text_;
  const rapidjson::MemoryStream* stream_;
  Tree tree_;
  std::size_t seen_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
};

// Characters beyond ASCII are escaped: some of them change how a terminal draws the rest. So is DEL, which RapidJSON
// leaves as it is; outside of strings there is none.
constexpr char del = '\x7f';
using Compact = rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::ASCII<>>;
using Indented = rapidjson::PrettyWriter<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::ASCII<>>;

template <typename Writer>
void write(const Tree& tree, NodeId node, Writer& writer) {
  const std::string_view text = tree.text(node);
  const auto size = static_cast<rapidjson::SizeType>(text.size());
  switch (tree.kind(node)) {
    case NodeKind::null:
      writer.Null();
      break;
    case NodeKind::scalar:
      if (tree.form(node) == Form::literal)
        writer.RawValue(text.data(), text.size(), rapidjson::kNumberType);
      else
        writer.String(text.data(), size);
      break;
    case NodeKind::list:
      writer.StartArray();
      for (NodeId at = tree.first(node); at != no_node; at = tree.next(at)) write(tree, at, writer);
      writer.EndArray();
      break;
    case NodeKind::map:
      writer.StartObject();
      for (NodeId key = tree.first(node); key != no_node; key = tree.next(tree.next(key))) {
        writer.Key(tree.text(key).data(), static_cast<rapidjson::SizeType>(tree.text(key).size()));
        write(tree, tree.next(key), writer);
      }
      writer.EndObject();
      break;
  }
}

}  // namespace

std::optional<Tree> read_json(std::string_view text) {
  // Without kParseIterativeFlag the nesting of the input is that of the stack.
  constexpr unsigned flags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream stream(text.data(), text.size());
  JsonHandler handler(text, stream);
  rapidjson::Reader reader;
  if (reader.Parse<flags>(stream, handler).IsError()) return std::nullopt;
  return handler.take();
}

}  // namespace egressc::model

namespace egressc {

std::optional<Tree> read_json_document(std::string_view text) { return model::read_json(text); }

std::string print_json(const Tree& tree, Spacing spacing) {
  using namespace model;
  rapidjson::StringBuffer buffer;
  if (spacing == Spacing::compact) {
    Compact writer(buffer);
    write(tree, 0, writer);
  } else {
    Indented writer(buffer);
    writer.SetIndent(' ', 2);
    write(tree, 0, writer);
    buffer.Put('\n');
  }
  const std::string_view text(buffer.GetString(), buffer.GetSize());
  std::string printed;
  printed.reserve(text.size());
  for (std::size_t at = 0; at != text.size();) {
    const std::size_t end = std::min(text.find(del, at), text.size());
    printed += text.substr(at, end - at);
    if (end != text.size()) printed += "\\u007f";
    at = std::min(end + 1, text.size());
  }
  return printed;
}

}  // namespace egressc
