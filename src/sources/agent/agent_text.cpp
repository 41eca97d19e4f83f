// What a program prints: URLs, host:port, and the ways in which libraries and other logs write of connections.

#include "sources/agent/claims.h"
#include "sources/agent/scanner.h"
#include "sources/envelope/envelope.h"
#include "sources/envelope/parser.h"
#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr std::size_t most_found = 64;

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

bool is_text(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 || (byte >= '\b' && byte <= '\r') || byte == 0x1b;
}

}  // namespace

TextScanner::TextScanner(const ParseContext& context, AgentClaims& claims) : context_(context), claims_(claims) {}

bool TextScanner::may_tell(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == ':' || c == '=' || c == '('; });
}

void TextScanner::scan(std::string_view text, const ClaimSubject& known, Speech speech, const Fate& fate) {
  speech_ = speech;
  fate_ = fate;
  while (!text.empty()) line(take_line(text), known);
}

void TextScanner::line(std::string_view text, const ClaimSubject& known) {
  known_ = known;
  tokens_ = Tokens(text);
  hints_.begin_line();
  pending_ = {};
  open_.is_open = false;
  until_ = {};
  line_ = {};
  line_.text = text;
  index_ = 1;
  if (!text.empty() && !take_header()) return;

  Token token;
  for (; tokens_.next(token); ++index_) {
    const std::string_view whole = token.text;
    take(token);
    line_.last = whole;
  }
  close();
  hints_.end_line([this](const Endpoint& endpoint) { found(endpoint); });
  if (!found_.empty()) emit();
}

void TextScanner::take(Token& token) {
  if (pending_.field != Field::none && take_pending(token)) return;
  if (token.colon != Token::none && (take_url(token) || take_tag(token.text))) return;
  if (take_stamp(token) || take_key(token)) return;
  if (open_.is_open && take_completion(token)) return;
  if (holds(until_.answer) && take_answer(token)) return;
  token.text = without_end(token.text);
  if (token.text.empty() || take_host_port(token) || take_pair(token) || take_host(token)) return;
  take_word(token);
}

// The value of a key; `": ` may stand before it.
bool TextScanner::take_pending(Token token) {
  if (token.text[0] == ':' || token.text[0] == '=') token.text.remove_prefix(1);
  if (token.text.empty()) return true;
  const Spelling key = pending_;
  pending_ = {};
  if (token.text.find("://") != token.text.npos) return false;
  return hints_.take(key, token.text, context_.utc_offset_minutes,
                     [this](const Endpoint& endpoint) { found(endpoint); });
}

// "key=value", "key=" or "key:" and the value in the next token, "key" in quotes and a colon. What is a value, but not
// of a key that counts, is looked at like any token.
bool TextScanner::take_key(Token& token) {
  std::string_view key = token.text;
  std::string_view value;
  if (token.equals != Token::none && token.equals < token.colon) {
    key = token.text.substr(0, token.equals);
    value = token.text.substr(token.equals + 1);
  } else if (token.colon != Token::none && token.colon + 1 == token.text.size()) {
    key.remove_suffix(1);
  } else if (token.colon != Token::none || token.after.size() < 2 ||
             (token.after[0] != '"' && token.after[0] != '\'') || (token.after[1] != ':' && token.after[1] != ' ')) {
    return false;
  }
  if (key.starts_with("xmlns:")) line_.mentions = true;
  const Spelling spelling = hints_.find(key);
  if (spelling.field >= Field::verdict) take_verdict(spelling.field, value, token.before.ends_with('"'));
  if (value.empty()) {
    pending_ = spelling;
    return spelling.field != Field::none;
  }
  token.text = value;
  return spelling.field != Field::none &&
         hints_.take(spelling, value, context_.utc_offset_minutes, [this](const Endpoint& peer) { found(peer); });
}

// "action=blocked", "allowed=false", "Blocked: a.example:443".
void TextScanner::take_verdict(Field field, std::string_view value, bool quoted) {
  if (field == Field::quoted)
    line_.mentions = true;
  else if (field == Field::blocked ? equals_lower(value, "true") || (value.empty() && !quoted)
                                   : field == Field::permitted && equals_lower(value, "false"))
    line_.denied_by = denied_in_words;
  else if (field == Field::verdict && line_.denied_by.empty())
    line_.denied_by = denied_by(value);
}

// A timestamp near the line's start. One that needs a year guessed is not worth it for a claim.
bool TextScanner::take_stamp(const Token& token) {
  if (index_ > 4 || hints_.subject.at != no_time || token.text.size() < 3) return false;
  const std::string_view text = token.text;
  if (index_ == 1 ? !is_digit(text[0]) && !is_capital(text[0])
                  : !is_digit(text[0]) || text.size() < 10 || text[4] != '-')
    return false;
  const auto stamp = parse_stamp({text.data(), text.size() + token.after.size()}, context_);
  if (!stamp || stamp->undated) return false;
  hints_.subject.at = stamp->at;
  return true;
}

// "web[13198]:".
bool TextScanner::take_tag(std::string_view text) {
  if (index_ > 8 || hints_.subject.pid != 0 || !text.ends_with("]:")) return false;
  const std::size_t open = text.find('[');
  if (open == 0 || open == text.npos) return false;
  const auto pid = parse_id(text.substr(open + 1, text.size() - open - 3));
  if (pid) hints_.subject.pid = *pid;
  return pid.has_value();
}

void TextScanner::take_word(const Token& token) {
  const std::string_view text = token.text;
  const Word word = find_word(text);
  switch (word) {
    case Word::none:
      if (text[0] == 'H' && text.starts_with("HTTP/"))
        take_version(token);
      else if (is_digit(text[0]) && line_.version != 0 && index_ == line_.version + 1)
        take_status(text);
      else if (is_capital(text[0]))
        take_squid(text);
      break;
    case Word::connect:
      take_connect(token);
      hold(until_.to, 3);
      hold(until_.host, 1);
      break;
    case Word::to:
      if (holds(until_.to)) hold(until_.host, 2);
      if (holds(until_.on)) hold(until_.own_address, 2);
      break;
    case Word::filler:
      if (holds(until_.host)) ++until_.host;
      break;
    case Word::trying:
      hold(until_.host, 2);
      break;
    case Word::refused:
      line_.denied_by = "denied by the host";
      [[fallthrough]];
    case Word::failed:
      hold(until_.host, 2);
      hold(until_.code, 1);
      break;
    case Word::asking:
      hold(until_.asked, 5);
      break;
    case Word::local:
      hold(until_.own_address, 1);
      break;
    case Word::denied:
      take_denied(token);
      break;
    case Word::method:
      take_method(token);
      break;
    case Word::using_:
      hold(until_.used, 3);
      break;
    case Word::pointer:
      hold(until_.mention, 3);
      break;
    case Word::tunnel:
      take_tunnel(token);
      break;
    case Word::call:
      take_call(token);
      break;
    case Word::data:
      // A system call in a line of strace: what was transferred is only text.
      if (token.after.size() > 1 && token.after[0] == '(' && is_digit(token.after[1])) line_.mentions = true;
      break;
    case Word::lookup:
      hold(until_.host, 1);
      if (holds(until_.protocol)) hold(until_.any_name, 1);
      break;
    case Word::not_found:
      hold(until_.any_name, 1);
      break;
    case Word::port:
      if (open_.is_open && index_ - open_.index <= 4) hold(until_.port, 1);
      break;
    case Word::reply:
      hold(until_.is, 3);
      break;
    case Word::is:
      if (holds(until_.is)) hold(until_.answer, 1);
      break;
    case Word::tcp:
    case Word::udp:
      protocol_ = word == Word::tcp ? ip_protocol::tcp : ip_protocol::udp;
      hold(until_.protocol, 2);
      if (holds(until_.host)) ++until_.host;
      break;
    case Word::serving:
      hold(until_.on, 2);
      break;
    case Word::on:
      if (holds(until_.on))
        hold(until_.own_address, 2);
      else if (holds(until_.host))
        ++until_.host;
      break;
    case Word::from:
      if (holds(until_.to) || holds(until_.on)) hold(until_.own_address, 1);
      hold(until_.from, 1);
      break;
  }
}

void TextScanner::open(const Endpoint& endpoint, bool url) {
  close();
  until_.host = until_.any_name = 0;
  if (holds(until_.own_address)) return;
  open_ = {endpoint, index_, true, kind_here(url)};
  if (holds(until_.protocol)) open_.endpoint.protocol = protocol_;
}

void TextScanner::close() {
  if (open_.is_open) found(open_.endpoint, open_.kind);
  open_.is_open = false;
}

ClaimKind TextScanner::kind_here(bool url) const {
  if (is_read_only() || holds(until_.mention)) return ClaimKind::mentioned;
  const bool sure = holds(until_.used) || holds(until_.host) || holds(until_.any_name) || (!url && holds(until_.to));
  return speech_ == Speech::output && !sure ? ClaimKind::mentioned : ClaimKind::did;
}

void TextScanner::found(const Endpoint& endpoint, ClaimKind kind, bool url) {
  found_.push_back({endpoint, kind, url, line_.connect && line_.sent});
  line_.connect = false;
  if (found_.size() == most_found) emit();
}

void TextScanner::remember(const Endpoint& endpoint) {
  if (endpoint.port == 0) return;
  last_.host.assign(endpoint.host.substr(0, 255));
  last_.address = endpoint.address;
  last_.port = endpoint.port;
}

void TextScanner::emit() {
  ClaimSubject subject = known_;
  if (subject.at == no_time) subject.at = hints_.subject.at;
  if (subject.uid == no_id) subject.uid = hints_.subject.uid;
  if (subject.gid == no_id) subject.gid = hints_.subject.gid;
  if (subject.pid == 0) subject.pid = hints_.subject.pid;
  Fate fate = fate_;
  if (!line_.denied_by.empty()) fate = {ClaimKind::denied, line_.denied_by};
  for (const auto& [endpoint, kind, url, track] : found_) {
    if (track) claims_.track();
    claims_.add(endpoint, subject, kind == ClaimKind::did ? fate : Fate{kind, {}});
    if (kind == ClaimKind::did) remember(endpoint);
  }
  found_.clear();
}

class AgentTextParser {
 public:
  static constexpr LineRules line_rules{.free_text = true};

  AgentTextParser(const ParseContext& context, Observations& observations)
      : context_(context), claims_(observations), scanner_(context_, claims_) {}

  // Anything may be an agent's output, but not what is no text at all.
  static int sniff(std::string_view head) {
    if (head.empty() || head.find('\0') != head.npos) return 0;
    const auto others =
        static_cast<std::size_t>(std::count_if(head.begin(), head.end(), [](char c) { return !is_text(c); }));
    return others * 10 < head.size() ? 1 : 0;
  }

  std::string_view read(std::string_view line, std::uint64_t number) {
    claims_.begin_record();
    ClaimSubject known;
    if (context_.outer_time != nullptr) known.at = *context_.outer_time;
    scanner_.scan(line, known);
    claims_.end_line(number);
    return {};
  }

 private:
  const ParseContext context_;
  AgentClaims claims_;
  TextScanner scanner_;
};

template struct Format<AgentTextParser>;

}  // namespace egressc::sources
