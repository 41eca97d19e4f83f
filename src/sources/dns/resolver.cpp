#include "sources/dns/resolver.h"

#include <limits>

#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr Micros patience = 10 * second;
constexpr int longest_chain = 16;

Micros end_of(std::uint32_t ttl, Micros at) { return at + (Micros{ttl} + 1) * second; }  // logs with whole seconds

bool same_asker(const Question& a, const Question& b) {
  return a.asked == b.asked && a.client_port == b.client_port && a.client == b.client;
}

}  // namespace

std::uint16_t PortTurns::next(const Address& client, std::uint16_t port, Micros at) {
  if (port == 0 || at == no_time) return 0;
  Turns& turns = ports_[{client, port}];
  if (turns.begun != at / second) turns = {at / second, 0};
  const std::uint16_t turn = turns.count;
  if (turns.count != std::numeric_limits<std::uint16_t>::max()) ++turns.count;
  return turn;
}

const Question& NumberedQuestions::ask(std::uint32_t serial, const Question& question) {
  return questions_[{question.client, serial, question.client_port}] = question;
}

const Question* NumberedQuestions::find(std::uint32_t serial, const Address& client, std::uint16_t client_port) {
  return questions_.find({client, serial, client_port});
}

void NamedQuestions::ask(std::string_view name, const Question& question) {
  interrupt();
  if (const StringId id = names_.find_lower(name); id != 0) questions_[{id}] = question;
}

const Question& NamedQuestions::answer(std::string_view owner, bool is_alias) {
  if (!after_alias_ && owner != owner_) {
    const StringId name = names_.find_lower(owner);
    const Question* known = name == 0 ? nullptr : questions_.find({name});
    chain_ = known != nullptr ? *known : Question{names_.find(owner), {}, 0};
  }
  owner_.assign(owner);
  after_alias_ = is_alias;
  return chain_;
}

void NamedQuestions::interrupt() {
  after_alias_ = false;
  owner_.clear();
}

bool NameClaims::claim(std::string_view name, const Address& client, std::uint16_t client_port, Micros at) {
  static constexpr std::string_view address_bytes = "0123456789abcdefABCDEF.:";
  constexpr int most = 4;
  int found = 0;
  for (std::size_t start = 0; start < name.size() && found < most;) {
    const std::size_t stop = std::min(name.find_first_of(" ,;/=()[]<>\"'", start), name.size());
    std::string_view token = name.substr(start, stop - start);
    start = stop + 1;
    if (token.ends_with('.')) token.remove_suffix(1);
    if (token.size() < 2 || token.find_first_not_of(address_bytes) != token.npos) continue;
    const auto address = addresses_.parse(token);
    if (!address) continue;
    ++found;
    add(*address, client, client_port, at);
  }
  return found != 0;
}

void NameClaims::add(const Address& to, const Address& client, std::uint16_t client_port, Micros at) {
  // A and AAAA are asked for one after the other.
  const auto& claims = observations_.claims;
  if (!claims.empty() && claims.back().to == to && claims.back().client == client &&
      claims.back().client_port == client_port && client_port != 0)
    return;
  Claim claim;
  claim.at = at;
  claim.to = to;
  claim.has_address = true;
  claim.damaged = true;
  claim.client = client;
  claim.client_port = client_port;
  observations_.claims.push_back(claim);
}

AnswersByName::Known* AnswersByName::known(StringId name) { return &names_known_[{name}]; }

AnswersByName::Known* AnswersByName::end_of_chain(StringId name, Micros at) {
  Known* here = known(name);
  for (int i = 0; i < longest_chain && here->alias != 0 && at <= here->alias_until; ++i) here = known(here->alias);
  return here;
}

void AnswersByName::wait(Known& known, const Question& question, Micros at) {
  for (Waiter& waiter : known.waiters) {
    if (waiter.at == no_time || !same_asker(waiter.question, question)) continue;
    waiter.at = at;
    return;
  }
  known.waiters[known.next_waiter++ % known.waiters.size()] = {question, at};
}

void AnswersByName::emit(const Question& question, const Address& address, Micros at, Micros until) {
  const Micros left = std::clamp<Micros>((until - at) / second, 1, 0xffffffff);
  if (is_unspecified(address)) return;  // a name that the upstream blocks
  if (question.overheard && asked_) return;
  auto& resolutions = question.overheard ? overheard_ : observations_.resolutions;
  resolutions.push_back({at, question.client, question.client_port, question.asked, address,
                         static_cast<std::uint32_t>(left), no_id, question.turn});
}

void AnswersByName::note_client() {
  asked_ = true;
  overheard_.clear();
}

void AnswersByName::ask(const Question& question, unsigned families, Micros at) {
  if (question.asked == 0 || at == no_time) return;
  if (!question.overheard && !heard_ && questions_++ == 0) first_question_ = observations_.lines;
  Known& end = *end_of_chain(names_.find_lower(observations_.strings[question.asked]), at);
  for (const Record& record : end.records)
    if (record.until >= at && (families & (record.address.family == Family::ipv4 ? 1U : 2U)) != 0)
      emit(question, record.address, at, record.until);
  wait(end, question, at);
}

void AnswersByName::overhear(std::string_view name, Micros at) {
  heard_ = true;
  if (asked_ || at == no_time) return;
  Question question;
  question.asked = names_.find(name);
  question.overheard = true;
  if (question.asked == 0) return;
  // A resolver that follows an alias asks for its target: the question is still the first one.
  for (const Waiter& waiter : known(names_.find_lower(name))->waiters)
    if (waiter.at != no_time && at - waiter.at <= patience) return;
  ask(question, 0, at);
}

void AnswersByName::alias(std::string_view owner, std::string_view target, std::uint32_t ttl, Micros at) {
  const StringId from = names_.find_lower(owner);
  const StringId to = names_.find_lower(target);
  if (from == 0 || to == 0 || from == to || at == no_time) return;
  heard_ = true;
  Known* const here = known(from);
  here->alias = to;
  here->alias_until = end_of(ttl, at);
  const std::array<Waiter, 8> waiters = here->waiters;  // the next call may move what `here` points to
  here->waiters = {};
  Known* const there = end_of_chain(to, at);
  for (const Waiter& waiter : waiters)
    if (waiter.at != no_time && at - waiter.at <= patience) {
      for (const Record& record : there->records)
        if (record.until >= at) emit(waiter.question, record.address, at, record.until);
      wait(*there, waiter.question, waiter.at);
    }
}

void AnswersByName::address(std::string_view owner, const Address& address, std::uint32_t ttl, Micros at) {
  const StringId name = names_.find_lower(owner);
  if (name == 0 || at == no_time) return;
  heard_ = true;
  Known& here = *known(name);
  here.alias = 0;
  const Micros until = end_of(ttl, at);
  const auto same = std::find_if(here.records.begin(), here.records.end(), [&](const Record& record) {
    return record.until != no_time && record.address == address;
  });
  if (same != here.records.end())
    same->until = until;
  else
    here.records[here.next_record++ % here.records.size()] = {address, until};
  for (const Waiter& waiter : here.waiters)
    if (waiter.at != no_time && at - waiter.at <= patience) emit(waiter.question, address, at, until);
}

void AnswersByName::finish() {
  for (std::uint64_t i = 0; !heard_ && i < questions_; ++i)
    observations_.skip("a question, in a log without answers", first_question_);
  if (asked_) return;
  observations_.resolutions.insert(observations_.resolutions.end(), overheard_.begin(), overheard_.end());
  overheard_.clear();
}

std::optional<Address> parse_client(std::string_view text, AddressMemo& addresses) {
  if (const auto address = addresses.parse(text)) return address;
  return addresses.parse(up_to(text, '%'));
}

std::string_view CachingResolver::read(const ClientLine& line, Micros at) {
  using Kind = ClientLine::Kind;
  if (line.kind != Kind::question && line.kind != Kind::response && line.kind != Kind::no_address) return housekeeping;
  answers.note_client();
  if (line.kind == Kind::no_address) return without_address;
  if (line.families == 0) return "a question that no address answers";
  const Question question{names.find(line.name), line.client, line.client_port, false,
                          turns.next(line.client, line.client_port, at)};
  if (question.asked == 0) return claim(line.name, question, at);
  answers.ask(question, line.families, at);
  return {};
}

}  // namespace egressc::sources
