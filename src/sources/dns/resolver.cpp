#include "sources/dns/resolver.h"

#include <limits>

#include "sources/envelope/text.h"

namespace egressc::sources {
namespace {

constexpr Micros patience = 10 * second;
constexpr int longest_chain = 16;

Micros end_of(std::uint32_t ttl, Micros at) { return at + (Micros{ttl} + 1) * second; }  // logs with whole seconds

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

bool same_asker(const Question& a, const Question& b) {
  return a.asked == b.asked && a.client_port == b.client_port && a.client == b.client;
}

}  // namespace

// A port of which the table may have forgotten something begins with a turn that nobody knows: whoever takes over a
// port could else make it forget who had it.
PortTurns::Turns& PortTurns::turns_of(const Key& key, Micros second_of) {
  if (Turns* const known = ports_.find(key)) return *known;
  const Turns* const forgotten = ports_.next_forgotten(key);
  const bool is_recent = forgotten != nullptr && forgotten->second_of >= second_of - 1;
  return ports_.insert(key, {second_of, 0, is_recent ? lossy : std::uint16_t{0}, 0});
}

std::uint16_t PortTurns::next(const Address& client, std::uint16_t port, StringId name, Micros at) {
  if (port == 0) return 0;
  if (at == no_time) return unknown_turn;
  const Micros second_of = at / second;
  Turns& turns = turns_of({client, port}, second_of);
  if (turns.second_of != second_of) {
    const bool is_next = turns.second_of == second_of - 1;
    turns = {second_of, turns.name, !is_next ? std::uint16_t{0} : turns.before == lossy ? lossy : turns.count, 0};
  }
  if (turns.before == lossy) return unknown_turn;
  const bool is_same =
      turns.before + turns.count != 0 && (turns.name == name || same_name(strings_[turns.name], strings_[name]));
  if (!is_same) {
    turns.name = name;
    if (++turns.count == lossy) --turns.count;
  } else if (turns.count == 0) {
    --turns.before;  // it goes on, in this second
    ++turns.count;
  }
  return static_cast<std::uint16_t>(std::min(turns.before + turns.count - 1, int{unknown_turn}));
}

NumberedQuestions::Asked& NumberedQuestions::ask(std::uint32_t process, std::uint32_t serial,
                                                 const Question& question) {
  last_process_ = process;
  return questions_[{question.client, serial, process, question.client_port}] = {question, false};
}

// What was truncated is asked for again by TCP, by a process that is made for it.
NumberedQuestions::Asked* NumberedQuestions::find(std::uint32_t process, std::uint32_t serial, const Address& client,
                                                  std::uint16_t client_port) {
  Asked* const own = questions_.find({client, serial, process, client_port});
  return own != nullptr || process == last_process_ ? own
                                                    : questions_.find({client, serial, last_process_, client_port});
}

NamedQuestions::Chain& NamedQuestions::chain_of(std::uint32_t process) {
  if (last_ == nullptr || process != last_process_) {
    last_ = &chains_[{process}];
    last_process_ = process;
  }
  return *last_;
}

void NamedQuestions::ask(std::uint32_t process, std::string_view name, const Question& question) {
  interrupt(process);
  if (const StringId id = names_.find_lower(name); id != 0) questions_[{process, id}] = question;
}

const Question& NamedQuestions::answer(std::uint32_t process, std::string_view owner, bool is_alias) {
  Chain& chain = chain_of(process);
  if (!chain.after_alias && owner != chain.owner) {
    const StringId name = names_.find_lower(owner);
    const Question* known = name == 0 ? nullptr : questions_.find({process, name});
    chain.question = known != nullptr ? *known : Question{names_.find(owner), {}, 0};
  }
  chain.owner.assign(owner);
  chain.after_alias = is_alias;
  return chain.question;
}

void NamedQuestions::interrupt(std::uint32_t process) {
  Chain& chain = chain_of(process);
  chain.after_alias = false;
  chain.owner.clear();
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
    waiter = {question, at};
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
                         static_cast<std::uint32_t>(left), no_id, question.turn, waited(question, at)});
}

void AnswersByName::emit_alive(const Known& known, const Question& question, unsigned families, Micros at) {
  for (const Record& record : known.records)
    if (record.until >= at && (families & (record.address.family == Family::ipv4 ? 1U : 2U)) != 0)
      emit(question, record.address, at, record.until);
}

void AnswersByName::note_client() {
  asked_ = true;
  overheard_.clear();
}

void AnswersByName::ask(const Question& question, unsigned families, Micros at) {
  if (question.asked == 0 || at == no_time) return;
  if (!question.overheard && !heard_ && questions_++ == 0) first_question_ = observations_.lines;
  const StringId name = names_.find_lower(observations_.strings[question.asked]);
  Known* here = known(name);
  emit_alive(*here, question, families, at);
  wait(*here, question, at);
  for (int i = 0; i < longest_chain && here->alias != 0 && here->alias != name && at <= here->alias_until; ++i) {
    here = known(here->alias);
    emit_alive(*here, question, families, at);
    wait(*here, question, at);
  }
}

void AnswersByName::question(std::string_view name, Micros at) {
  asked_for_ = end_ = names_.find_lower(name);
  life_ = std::numeric_limits<std::uint32_t>::max();
  heard_ = true;
  overhear(name, at);
}

// A name that somebody asked for, if no client's questions are in the log.
void AnswersByName::overhear(std::string_view name, Micros at) {
  if (asked_ || at == no_time) return;
  Question question;
  question.asked = names_.find(name);
  question.overheard = true;
  question.at = at;
  if (question.asked == 0) return;
  // A resolver that follows an alias asks for its target: the question is still the first one.
  for (const Waiter& waiter : known(asked_for_)->waiters)
    if (waiter.at != no_time && at - waiter.at <= patience) return;
  ask(question, 0, at);
}

bool AnswersByName::is_reached(std::string_view owner) {
  if (end_ != 0 && names_.find_lower(owner) == end_) return true;
  observations_.skip(about_another, observations_.lines);
  return false;
}

void AnswersByName::alias(std::string_view owner, std::string_view target, std::uint32_t ttl, Micros at) {
  if (!is_reached(owner)) return;
  end_ = names_.find_lower(target);
  if (end_ == 0 || end_ == asked_for_ || at == no_time) return;
  life_ = std::min(life_, ttl);
  Known* const here = known(asked_for_);
  here->alias = end_;
  here->alias_until = end_of(life_, at);
  const std::array<Waiter, 8> waiters = here->waiters;  // the next call may move what `here` points to
  Known* const there = end_of_chain(end_, at);
  for (const Waiter& waiter : waiters)
    if (waiter.at != no_time && at - waiter.at <= patience) {
      emit_alive(*there, waiter.question, 3, at);
      wait(*there, waiter.question, waiter.at);
    }
}

void AnswersByName::address(std::string_view owner, const Address& address, std::uint32_t ttl, Micros at) {
  if (!is_reached(owner) || at == no_time) return;
  Known& here = *known(asked_for_);
  if (end_ == asked_for_) here.alias = 0;
  const Micros until = end_of(std::min(life_, ttl), at);
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
  messages.accept();
  if (line.kind != Kind::question && line.kind != Kind::response && line.kind != Kind::no_address) return housekeeping;
  answers.note_client();
  if (line.kind == Kind::no_address) return without_address;
  Question question{names.find(line.name), line.client, line.client_port, false, 0, at};
  question.turn = turns.next(line.client, line.client_port, question.asked, at);
  if (line.families == 0) return "a question that no address answers";
  if (question.asked == 0) return claim(line.name, question, at);
  answers.ask(question, line.families, at);
  return {};
}

}  // namespace egressc::sources
