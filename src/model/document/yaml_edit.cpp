#include <algorithm>
#include <utility>

#include "model/document/yaml.h"

namespace egressc::model {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string plain_key(std::string_view key) {
  Tree tree;
  tree.add_scalar(key);
  return print_flow_yaml(tree);
}

// Each line that is not empty (blanks alone may be a line of a scalar) moved to the right, or to the left as far as it
// has blanks.
std::string shifted(std::string_view lines, std::ptrdiff_t by) {
  std::string out;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    std::string_view line = lines.substr(0, end);
    lines.remove_prefix(end);
    const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    if (by > 0 && line.find_first_not_of("\r\n") != line.npos) out.append(static_cast<std::size_t>(by), ' ');
    if (by < 0) line.remove_prefix(std::min(blanks, static_cast<std::size_t>(-by)));
    out += line;
  }
  return out;
}

}  // namespace

YamlText::YamlText(std::string_view text, const Tree& tree) : text_(text), tree_(tree), owner_(tree.size(), no_node) {
  line_starts_.push_back(0);
  for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) line_starts_.push_back(at + 1);
  for (NodeId node = 0; node < tree.size(); ++node) {
    if (tree.kind(node) < NodeKind::list) continue;
    NodeId owner = node;
    for (NodeId child = tree.first(node); child != no_node; child = tree.next(child)) {
      owner_[child] = owner;
      if (tree.kind(node) == NodeKind::map) owner = owner == node ? child : node;
    }
  }
}

std::size_t YamlText::end(NodeId node) const {
  const std::size_t at = start(node);
  switch (tree_.kind(node)) {
    case NodeKind::null:
      return at;
    case NodeKind::scalar:
      if (at < text_.size() && (text_[at] == '"' || text_[at] == '\'')) return end_of_quotes(at);
      if (at < text_.size() && (text_[at] == '|' || text_[at] == '>')) return end_of_block_scalar(node);
      return end_of_plain(node);
    default:
      break;
  }
  if (tree_.layout(node) == Layout::flow) return end_of_brackets(at);
  NodeId last = node;
  for (NodeId child = tree_.first(node); child != no_node; child = tree_.next(child)) last = child;
  return last == node ? at : end(last);
}

std::size_t YamlText::line_start(std::size_t at) const {
  return *(std::upper_bound(line_starts_.begin(), line_starts_.end(), at) - 1);
}

std::size_t YamlText::next_line(std::size_t at) const { return std::min(text_.find('\n', at), text_.size() - 1) + 1; }

std::size_t YamlText::end_of_quotes(std::size_t at) const {
  const char quote = text_[at];
  for (++at; at < text_.size(); ++at) {
    const bool is_doubled = quote == '\'' && text_.substr(at, 2) == "''";
    if (is_doubled || (quote == '"' && text_[at] == '\\'))
      ++at;
    else if (text_[at] == quote)
      return at + 1;
  }
  return text_.size();
}

std::size_t YamlText::end_of_brackets(std::size_t at) const {
  std::size_t depth = 0;
  bool at_token = true;  // a quote begins a scalar only where one may begin
  while (at < text_.size()) {
    const char c = text_[at];
    if ((c == '"' || c == '\'') && at_token) {
      at = end_of_quotes(at);
      at_token = false;
      continue;
    }
    if (c == '#' && is_blank(text_[at - 1])) {
      at = next_line(at);
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && --depth == 0) return at + 1;
    // A quote within a plain word, as in Mr. X's, begins nothing.
    if (!is_blank(c)) at_token = c == '[' || c == '{' || c == ',' || c == ':';
    ++at;
  }
  return text_.size();
}

// A line feed of the text is a blank of the scalar, or another line feed.
std::size_t YamlText::end_of_plain(NodeId node) const {
  std::size_t at = start(node);
  const std::string_view scalar = tree_.text(node);
  for (std::size_t i = 0; i < scalar.size() && at < text_.size();) {
    if (text_[at] == scalar[i]) {
      ++at;
      ++i;
      continue;
    }
    while (at < text_.size() && is_blank(text_[at])) ++at;
    while (i < scalar.size() && is_blank(scalar[i])) ++i;
    if (at < text_.size() && i < scalar.size() && text_[at] != scalar[i]) return at;
  }
  return at;
}

// Lines of blanks at its end are text too where they have more of them than the indentation, or all of them where the
// header says to keep them; a tab behind the indentation is text anyway (YAML 1.2, 8.1). The first line of text, which
// is further in than what the scalar is the value of, has the indentation.
std::size_t YamlText::end_of_block_scalar(NodeId node) const {
  std::size_t end = start(node);
  const std::size_t outside = column(owner_[node]);
  std::size_t indent = 0;
  bool keeps = false;
  std::size_t at = next_line(end);
  for (std::size_t i = end + 1; i < end + 3 && i < text_.size(); ++i) {
    if (text_[i] >= '1' && text_[i] <= '9') indent = outside + static_cast<std::size_t>(text_[i] - '0');
    keeps = keeps || text_[i] == '+';
  }
  while (end < text_.size() && !is_blank(text_[end])) ++end;
  while (at < text_.size()) {
    const std::size_t next = next_line(at);
    const std::size_t line_end = std::min(text_.find_first_of("\r\n", at), text_.size());
    const std::string_view line = text_.substr(at, line_end - at);
    const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    const bool has_words = line.find_first_not_of(" \t") != line.npos;
    if (blanks != line.size() && blanks >= std::max(indent, outside + 1)) {
      if (indent == 0) indent = blanks;
      end = line_end;
      while (has_words && is_blank(text_[end - 1])) --end;
    } else if (has_words) {
      break;
    } else if (keeps || (indent != 0 && line.size() > indent)) {
      end = line.empty() ? next : line_end;
    }
    at = next;
  }
  return end;
}

YamlEdit::YamlEdit(const YamlText& text) : text_(text), tree_(text.tree()), line_feed_("\n") {
  const std::size_t first = text.text().find('\n');
  if (first != text.text().npos && first != 0 && text.text()[first - 1] == '\r') line_feed_ = "\r\n";
}

std::size_t YamlEdit::behind_colon(NodeId key) const { return text_.text().find(':', text_.end(key)) + 1; }

NodeId YamlEdit::last_child(NodeId node) const {
  NodeId last = no_node;
  for (NodeId child = tree_.first(node); child != no_node; child = tree_.next(child)) last = child;
  return last;
}

void YamlEdit::record(Change change) {
  change.scope = scope_;
  changes_.push_back(std::move(change));
}

void YamlEdit::insert(std::size_t at, std::string text, bool lines) {
  Change change;
  change.at = {at, at};
  change.text = std::move(text);
  change.lines = lines;
  record(std::move(change));
}

void YamlEdit::replace(NodeId node, const Tree& value) {
  Change change;
  change.at = {text_.start(node), text_.end(node)};
  change.text = print_flow_yaml(value);
  record(std::move(change));
}

void YamlEdit::add_entry(NodeId map, NodeId behind, std::string_view key, const Tree& value) {
  if (behind == no_node) behind = last_child(map);
  if (is_block(map)) {
    const std::size_t column = text_.column(map);
    const bool nested = value.kind(0) >= NodeKind::list && value.layout(0) == Layout::block;
    std::string line = std::string(column, ' ') + plain_key(key) + ':';
    line += nested ? '\n' + std::string(column + 2, ' ') : " ";
    insert(behind_last_line(behind), line + print_block_yaml(value, column + 2) + '\n', true);
    return;
  }
  const std::string entry = plain_key(key) + ": " + print_flow_yaml(value);
  if (behind == no_node)
    insert(text_.start(map) + 1, entry, false);
  else
    insert(text_.end(behind), ", " + entry, false);
}

void YamlEdit::add_list(NodeId map, NodeId behind, std::string_view key, const std::vector<ListItem>& items) {
  if (behind == no_node) behind = last_child(map);
  if (is_block(map)) {
    const std::size_t column = text_.column(map);
    const std::size_t at = behind_last_line(behind);
    insert(at, std::string(column, ' ') + plain_key(key) + ":\n", true);
    insert_block_items(at, column + 2, false, items);
    return;
  }
  const std::size_t at = behind == no_node ? text_.start(map) + 1 : text_.end(behind);
  insert(at, (behind == no_node ? "" : ", ") + plain_key(key) + ": [", false);
  insert_flow_items(at, true, items);
  insert(at, "]", false);
}

void YamlEdit::remove_entry(NodeId map, std::string_view name) {
  const NodeId value = tree_.find(map, name);
  const NodeId key = text_.owner(value);
  NodeId before = no_node;
  for (NodeId at = tree_.first(map); at != key; at = tree_.next(at)) before = at;
  if (before == no_node)  // a dash or a bracket stands before it
    remove(text_.start(key), text_.start(tree_.next(value)));
  else if (is_block(map))
    remove(text_.line_start(text_.start(key)), behind_last_line(value));
  else
    remove(text_.end(before), text_.end(value));
}

void YamlEdit::change_list(NodeId list, const std::vector<NodeId>& gone, const std::vector<ListItem>& added) {
  if (gone.empty() && added.empty()) return;
  if (is_block(list))
    change_block_list(list, gone, added);
  else if (!open_empty_list(list, added))
    change_flow_list(list, gone, added);
}

// With the comments right above the item that begin in its column: they are about it.
YamlEdit::Region YamlEdit::lines_of(NodeId list, NodeId item) const {
  const std::string_view text = text_.text();
  Region region{text_.line_start(text_.start(item)), behind_last_line(item)};
  const std::size_t column = text_.column(list);
  const auto has_dash = [&] {
    return text.find_first_not_of(' ', region.begin) == region.begin + column && text[region.begin + column] == '-';
  };
  while (!has_dash() && region.begin != 0)
    region.begin = text_.line_start(region.begin - 1);  // the dash has a line of its own
  while (region.begin != 0) {
    const std::size_t above = text_.line_start(region.begin - 1);
    const std::size_t word = text.find_first_not_of(' ', above);
    if (text[word] != '#' || word - above != column) break;
    region.begin = above;
  }
  return region;
}

void YamlEdit::insert_block_items(std::size_t at, std::size_t column, bool in_flow,
                                  const std::vector<ListItem>& items) {
  for (const ListItem& item : items) {
    const std::string dash = std::string(column, ' ') + "- ";
    if (item.moved == no_node) {
      insert(at, dash + (in_flow ? print_flow_yaml(item.tree) : print_block_yaml(item.tree, column + 2)) + '\n', true);
      continue;
    }
    const NodeId list = text_.owner(item.moved);
    Change change;
    change.at = {at, at};
    change.lines = true;
    change.moved = item.moved;
    if (is_block(list)) {
      change.from = lines_of(list, item.moved);
      change.shift = static_cast<std::ptrdiff_t>(column) - static_cast<std::ptrdiff_t>(text_.column(list));
    } else {
      insert(at, dash, true);
      change.lines = false;
      change.from = {text_.start(item.moved), text_.end(item.moved)};
      change.text = "\n";
    }
    record(std::move(change));
  }
}

void YamlEdit::insert_flow_items(std::size_t at, bool first, const std::vector<ListItem>& items) {
  for (const ListItem& item : items) {
    if (!std::exchange(first, false)) insert(at, ", ", false);
    if (item.moved == no_node || is_block(item.moved)) {
      insert(at, print_flow_yaml(item.tree), false);
      continue;
    }
    Change change;
    change.at = {at, at};
    change.moved = item.moved;
    change.from = {text_.start(item.moved), text_.end(item.moved)};
    record(std::move(change));
  }
}

// A list of the block's that has nothing in it yet: it becomes one with lines.
bool YamlEdit::open_empty_list(NodeId list, const std::vector<ListItem>& added) {
  const NodeId key = text_.owner(list);
  if (tree_.first(list) != no_node || added.empty() || text_.end(list) - text_.start(list) != 2) return false;
  if (!is_block(text_.owner(key))) return false;
  Change change;
  change.at = {behind_colon(key), text_.end(list)};
  if (text_.text().substr(text_.end(list), 1) == "#") change.text = " ";
  record(std::move(change));
  insert_block_items(behind_last_line(list), text_.column(key) + 2, false, added);
  return true;
}

// The comma behind `at`, or npos.
std::size_t YamlEdit::comma_behind(std::size_t at) const {
  const std::string_view text = text_.text();
  while (at < text.size()) {
    if (text[at] == ',') return at;
    if (text[at] == '#')
      at = text_.next_line(at);
    else if (is_blank(text[at]))
      ++at;
    else
      break;
  }
  return text.npos;
}

void YamlEdit::remove(std::size_t begin, std::size_t end) {
  Change change;
  change.at = {begin, end};
  record(std::move(change));
}

// Each with the comma behind it; those at the end with the comma before, unless there is nothing before them.
void YamlEdit::remove_flow_items(NodeId list, const std::vector<NodeId>& gone) {
  const std::string_view text = text_.text();
  NodeId last_kept = no_node;
  for (NodeId item = tree_.first(list); item != no_node; item = tree_.next(item))
    if (!std::binary_search(gone.begin(), gone.end(), item)) last_kept = item;
  NodeId before = no_node;
  for (NodeId item = tree_.first(list); item != no_node; before = item, item = tree_.next(item)) {
    if (!std::binary_search(gone.begin(), gone.end(), item)) continue;
    const std::size_t start = text_.start(item);
    const std::size_t end = text_.end(item);
    if (last_kept != no_node && item > last_kept) {
      const std::size_t comma = comma_behind(text_.end(before));
      const bool close = text.find_first_not_of(' ', comma + 1) == start;
      remove(comma, close ? end : comma + 1);
      if (!close) remove(start, end);
    } else {
      const std::size_t comma = comma_behind(end);
      if (comma == text.npos) {
        remove(start, end);
      } else {
        const std::size_t next = text.substr(comma + 1, 1) == " " ? comma + 2 : comma + 1;
        remove(start, comma == end ? next : end);
        if (comma != end) remove(comma, next);
      }
    }
  }
}

void YamlEdit::change_flow_list(NodeId list, const std::vector<NodeId>& gone, const std::vector<ListItem>& added) {
  const NodeId last = last_child(list);
  std::size_t count = 0;
  for (NodeId item = tree_.first(list); item != no_node; item = tree_.next(item)) ++count;
  remove_flow_items(list, gone);
  if (gone.size() != count)
    insert_flow_items(text_.end(last), false, added);
  else
    insert_flow_items(text_.end(list) - 1, true, added);
}

void YamlEdit::change_block_list(NodeId list, const std::vector<NodeId>& gone, const std::vector<ListItem>& added) {
  const NodeId last = last_child(list);
  std::size_t count = 0;
  for (NodeId item = tree_.first(list); item != no_node; item = tree_.next(item)) ++count;
  if (gone.size() == count && added.empty()) insert(behind_colon(text_.owner(list)), " []", false);
  for (const NodeId item : gone) {
    const Region lines = lines_of(list, item);
    remove(lines.begin, lines.end);
  }
  const bool in_flow = tree_.kind(last) >= NodeKind::list && !is_block(last);
  insert_block_items(behind_last_line(last), text_.column(list), in_flow, added);
}

std::string YamlEdit::finish() {
  std::stable_sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) {
    if (a.at.begin != b.at.begin) return a.at.begin < b.at.begin;
    return (a.at.end != a.at.begin) < (b.at.end != b.at.begin);
  });
  return render({0, text_.text().size()}, no_node);
}

std::string YamlEdit::render(const Region& region, NodeId scope) const {
  std::string out;
  std::size_t at = region.begin;
  const auto first = std::partition_point(changes_.begin(), changes_.end(),
                                          [&](const Change& change) { return change.at.begin < region.begin; });
  for (auto each = first; each != changes_.end() && each->at.begin <= region.end; ++each) {
    const Change& change = *each;
    if (change.scope != scope || change.at.begin < at || change.at.end > region.end) continue;
    out += text_.text().substr(at, change.at.begin - at);
    append(change, out);
    at = change.at.end;
  }
  out += text_.text().substr(at, region.end - at);
  return out;
}

void YamlEdit::append(const Change& change, std::string& out) const {
  if (change.lines && !out.empty() && out.back() != '\n') out += line_feed_;
  if (change.moved != no_node) {
    std::string moved = render(change.from, change.moved);
    if (change.lines && !moved.ends_with('\n')) moved += line_feed_;
    out += change.lines ? shifted(moved, change.shift) : moved;
  }
  for (const char c : change.text)
    if (c == '\n')
      out += line_feed_;
    else
      out += c;
}

}  // namespace egressc::model
