#include "model/document/document.h"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace egressc {
namespace {

// Characters beyond ASCII are escaped: some of them change how a terminal draws the rest.
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

std::string print_json(const Tree& tree, Spacing spacing) {
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
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace egressc
