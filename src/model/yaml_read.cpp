#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "model/document.h"

namespace egressc {
namespace {

// Thrown out of the handler to end the parse, and caught below.
struct Refused {
  Mark where;
  const char* message;
  const char* hint;
};

Mark to_mark(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {static_cast<std::uint32_t>(mark.line) + 1, static_cast<std::uint32_t>(mark.column) + 1};
}

class Handler final : public YAML::EventHandler {
 public:
  Handler(std::string_view text, Complaints& complaints) : text_(text), complaints_(&complaints) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (tree_.size() != 0)
      throw Refused{to_mark(mark), "a second document begins here", "give each document its own file"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    check(mark);
    // The mark of a value that is not there is that of whatever follows: complaints belong to its key.
    const std::string_view word = text_.substr(std::min(position(mark), text_.size()), 4);
    const bool written = word.starts_with('~') || word == "null" || word == "Null" || word == "NULL";
    const bool has_key = !written && tree_.size() != 0;
    tree_.add_null(has_key ? tree_.mark(static_cast<NodeId>(tree_.size() - 1)) : to_mark(mark));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refused{to_mark(mark), "an alias may not stand here: who reviews the file should see what it says",
                  "write out what it stands for"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t, const std::string& value) override {
    check(mark);
    last_scalar_ = mark;
    tree_.add_scalar(value, Form::text, to_mark(mark));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value style) override {
    check(mark);
    tree_.open_list(style == YAML::EmitterStyle::Flow ? Layout::flow : Layout::block, to_mark(mark));
    check_depth(mark);
  }
  void OnSequenceEnd() override { tree_.close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value style) override {
    check(mark);
    tree_.open_map(style == YAML::EmitterStyle::Flow ? Layout::flow : Layout::block, to_mark(mark));
    check_depth(mark);
  }
  void OnMapEnd() override { tree_.close(); }

  // yaml-cpp takes the end of the text for the missing quote of the last scalar.
  void check_end() const {
    const std::size_t start = position(last_scalar_);
    const char quote = start < text_.size() ? text_[start] : ' ';
    if (tree_.size() == 0 || (quote != '"' && quote != '\'')) return;
    for (std::size_t at = start + 1; at < text_.size(); ++at) {
      if (text_[at] == '\\' && quote == '"')
        ++at;
      else if (text_[at] == quote)
        return;
    }
    throw Refused{to_mark(last_scalar_), "this quote is never closed", "is the end of the file missing?"};
  }

  Tree take() { return std::move(tree_); }

 private:
  static std::size_t position(const YAML::Mark& mark) { return static_cast<std::size_t>(mark.pos); }

  // A node's mark is where its anchor or tag begins, if it has one; nothing else begins with these characters.
  void check(const YAML::Mark& mark) {
    if (tree_.size() >= most_document_nodes)
      throw Refused{to_mark(mark), "too much in one file: the limit is 4,000,000 keys and values", "split the file"};
    const std::size_t at = position(mark);
    const char c = at < text_.size() ? text_[at] : ' ';
    if (c == '&')
      complaints_->error(to_mark(mark), "an anchor may not stand here", "leave out the word that begins with &");
    if (c == '!')
      complaints_->error(to_mark(mark), "a tag may not stand here", "leave out the word that begins with !");
  }

  void check_depth(const YAML::Mark& mark) const {
    if (tree_.depth() > most_document_depth)
      throw Refused{to_mark(mark), "nested too deeply: the limit is 16 levels", ""};
  }

  std::string_view text_;
  Complaints* complaints_;
  YAML::Mark last_scalar_;
  Tree tree_;
};

// Inside brackets yaml-cpp holds every token back until the last one closes, at some 250 bytes each.
bool fits_memory(std::string_view text) {
  std::size_t opened = 0;
  std::size_t separators = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') ++opened;
    if (c == ',' || c == ':' || c == '\n' || c == ']' || c == '}' || c == '?') ++separators;
  }
  return opened <= most_document_nodes / 2 && separators <= most_document_nodes * 2;
}

void complain(const YAML::Exception& exception, std::string_view text, Complaints& complaints) {
  const Mark where = to_mark(exception.mark);
  const auto at = static_cast<std::size_t>(exception.mark.pos);
  if (!exception.mark.is_null() && at < text.size() && text[at] == '*') {
    complaints.error(where, "an unquoted * begins an alias in YAML", "quote it, as in \"*.example.com\"");
    return;
  }
  const bool address = complaints.line(where.line, where.column).find("::") != std::string::npos;
  complaints.error(where, fmt::format("this is neither YAML nor JSON: {}", exception.msg),
                   address ? "quote the IPv6 address, as in \"2001:db8::\"" : "");
}

}  // namespace

std::optional<Tree> read_any_yaml(std::string_view text, Complaints& complaints) {
  if (!fits_memory(text)) {
    complaints.error({}, "too much in one file: the limit is 4,000,000 keys and values", "split the file");
    return std::nullopt;
  }
  Handler handler(text, complaints);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(handler)) {}
    handler.check_end();
  } catch (const Refused& refused) {
    complaints.error(refused.where, refused.message, refused.hint);
    return std::nullopt;
  } catch (const YAML::Exception& exception) {
    complain(exception, text, complaints);
    return std::nullopt;
  }
  Tree tree = handler.take();
  if (tree.size() == 0) {
    complaints.error({}, "there is nothing in this file", "a policy begins with \"egressc: 1\", a guard with \"egressc-guard: 1\"");
    return std::nullopt;
  }
  return tree;
}

}  // namespace egressc
