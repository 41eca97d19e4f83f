// The YAML that policies are made of, line by line: block maps and lists two columns apart, flow lists and maps that
// end on their line, plain and simply quoted scalars, comments. yaml-cpp takes a second for 100,000 grants, this less
// than a tenth of it.
#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <utility>

#include "model/document/yaml.h"
#include "model/words/text.h"

namespace egressc::model {
namespace {

constexpr bool is_word_byte(char c) { return is_letter_or_digit(c) || c == '_'; }

// Characters that mean nothing to YAML wherever they stand in a plain scalar.
constexpr std::array<bool, 256> plain = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 256; ++c) table[c] = is_word_byte(static_cast<char>(c)) || c == '.' || c == '/' || c == '-';
  for (const char c : {'+', '=', '@', '(', ')', ';', '\'', '~'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();
bool is_plain(char c) { return plain[static_cast<unsigned char>(c)]; }

constexpr std::size_t longest_key = 128;  // of YAML's 1024

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) { tree_.reserve_for(text); }

  std::optional<Tree> read() {
    while (at_ < text_.size())
      if (!line()) return std::nullopt;
    if (blocks_.empty() || value_pending_) return std::nullopt;
    while (tree_.depth() != 0) tree_.close();
    return std::move(tree_);
  }

 private:
  struct Block {
    std::size_t indent;
    NodeKind kind;
  };

  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n'; }
  Mark mark() const { return {line_, static_cast<std::uint32_t>(at_ - line_start_ + 1)}; }
  void skip_blanks() {
    while (peek() == ' ') ++at_;
  }

  // Blanks, a comment, and the end of the line.
  bool end_line() {
    const std::size_t start = at_;
    skip_blanks();
    const bool comment = peek() == '#' && (at_ == line_start_ || at_ > start);
    if (comment) at_ = std::min(text_.find('\n', at_), text_.size());
    if (peek() != '\n') return false;
    ++at_;
    ++line_;
    line_start_ = at_;
    return true;
  }

  bool line() {
    if (end_line()) return true;
    std::size_t indent = at_ - line_start_;
    const bool item = peek() == '-' && peek(1) == ' ';
    if (!enter(indent, item ? NodeKind::list : NodeKind::map)) return false;
    if (!item) return entry();
    at_ += 2;
    if (key_size() == 0) return value();
    indent += 2;
    return open(indent, NodeKind::map) && entry();
  }

  // Closes and opens blocks until the innermost is of `kind` and begins at `indent`.
  bool enter(std::size_t indent, NodeKind kind) {
    if (blocks_.empty()) return indent == 0 && kind == NodeKind::map && open(indent, kind);
    if (value_pending_) return indent > blocks_.back().indent && open(indent, kind);
    while (blocks_.size() > 1 && blocks_.back().indent > indent) {
      tree_.close();
      blocks_.pop_back();
    }
    return blocks_.back().indent == indent && blocks_.back().kind == kind;
  }

  bool open(std::size_t indent, NodeKind kind) {
    if (kind == NodeKind::map)
      tree_.open_map(Layout::block, mark());
    else
      tree_.open_list(Layout::block, mark());
    blocks_.push_back({indent, kind});
    value_pending_ = false;
    return within_limits();
  }

  bool within_limits() const { return tree_.depth() <= most_document_depth && tree_.size() < most_document_nodes; }

  // The size of the key that begins here, or 0.
  std::size_t key_size() const {
    std::size_t size = 0;
    if (!is_word_byte(peek())) return 0;
    while (is_word_byte(peek(size)) || peek(size) == '-' || peek(size) == '.') ++size;
    return peek(size) == ':' && (peek(size + 1) == ' ' || peek(size + 1) == '\n') && size <= longest_key ? size : 0;
  }

  bool key() {
    const std::size_t size = key_size();
    if (size == 0 || !scalar(text_.substr(at_, size))) return false;
    at_ += size + 1;
    return true;
  }

  bool entry() {
    if (!key()) return false;
    const std::size_t start = at_;
    if (end_line()) {
      value_pending_ = true;
      return true;
    }
    at_ = start;
    skip_blanks();
    return value();
  }

  bool value() { return (peek() == '[' || peek() == '{' ? flow() : one(false)) && end_line(); }

  bool flow() {
    const bool map = peek() == '{';
    const char close = map ? '}' : ']';
    if (map)
      tree_.open_map(Layout::flow, mark());
    else
      tree_.open_list(Layout::flow, mark());
    if (!within_limits()) return false;
    ++at_;
    skip_blanks();
    for (bool first = true; peek() != close; first = false) {
      if (!first) {
        if (peek() != ',') return false;
        ++at_;
        skip_blanks();
      }
      if (map) {
        if (!key()) return false;
        skip_blanks();
      }
      if (!(peek() == '[' || peek() == '{' ? flow() : one(true))) return false;
      skip_blanks();
    }
    ++at_;
    tree_.close();
    return true;
  }

  // A scalar that ends on its line.
  bool one(bool in_flow) {
    if (peek() == '"') {
      const std::size_t end = text_.find_first_of("\"\\\n\t\r", at_ + 1);
      if (end == text_.npos || text_[end] != '"') return false;
      if (!quoted(text_.substr(at_ + 1, end - at_ - 1))) return false;
      at_ = end + 1;
      return true;
    }
    if (!is_word_byte(peek()) && peek() != '/') return false;
    std::size_t size = 1;
    for (;; ++size) {
      const char c = peek(size);
      if (is_plain(c) || (c == ',' && !in_flow)) continue;
      const char following = peek(size + 1);
      if ((c == ':' || c == ' ') && (is_plain(following) || (c == ':' && following == ':'))) continue;
      break;
    }
    const char after = peek(size);
    if (after != '\n' && after != ' ' && !(in_flow && (after == ',' || after == ']' || after == '}'))) return false;
    if (!scalar(text_.substr(at_, size))) return false;
    at_ += size;
    return true;
  }

  bool scalar(std::string_view text) { return text != "null" && text != "Null" && text != "NULL" && quoted(text); }

  bool quoted(std::string_view text) {
    tree_.add_scalar(text, Form::text, mark());
    return tree_.size() < most_document_nodes;
  }

  std::string_view text_;
  Tree tree_;
  std::vector<Block> blocks_;
  bool value_pending_ = false;  // the last line ended with a key
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
};

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

class YamlHandler final : public YAML::EventHandler {
 public:
  YamlHandler(std::string_view text, Complaints& complaints) : text_(text), complaints_(&complaints) {}

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

std::optional<Tree> read_common_yaml(std::string_view text) { return Reader(text).read(); }

std::optional<Tree> read_any_yaml(std::string_view text, Complaints& complaints) {
  if (!fits_memory(text)) {
    complaints.error({}, "too much in one file: the limit is 4,000,000 keys and values", "split the file");
    return std::nullopt;
  }
  YamlHandler handler(text, complaints);
  try {
    std::string lines(text);
    // In a last line of blanks that has no end, yaml-cpp 0.7 takes the indentation for text of a folded scalar.
    const std::size_t last = lines.find_last_not_of(" \t\r");
    if (last != lines.npos && last + 1 != lines.size() && lines[last] == '\n') lines += '\n';
    std::istringstream stream{std::move(lines)};
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
    complaints.error({}, "there is nothing in this file",
                     "a policy begins with \"egressc: 1\", a guard with \"egressc-guard: 1\"");
    return std::nullopt;
  }
  return tree;
}

}  // namespace egressc::model
