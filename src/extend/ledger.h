// The entries of one list of a policy, and what the logs add to them.
#pragma once

#include <vector>

#include "egressc/policy.h"
#include "extend/holders.h"

namespace egressc {

class Ledger {
 public:
  // The reason of a grant means nothing.
  void add(const std::vector<Grant>& grants);
  void add(const std::vector<Review>& entries);
  // An entry of these logs.
  void propose(Review entry);

  // The services of `learnt` that no entry holds. Its evidence goes to the entries that hold the others, and its
  // addresses to the names among them that are not live: a live one learns them from the resolver.
  std::vector<Service> enter(const Grant& learnt);
  // The same, and nothing goes anywhere.
  std::vector<Service> missing(const Grant& learnt) const;
  // Whether an entry leads where `learnt` does, whatever its services; it gets the evidence.
  bool enter_place(const Grant& learnt);
  // Takes out what an earlier run proposed for a denial that `learnt` holds whole.
  std::vector<Review> take_proposals(const Grant& learnt);

  bool grows() const;
  // What the list is now; `grown` counts entries with new addresses. The evidence is as it was, until settle() puts
  // that of these logs to it. Entries of the file that they bear out are added to `seen`.
  void settle(std::vector<Location>& seen);
  std::vector<Review> take(std::size_t& grown) &&;

 private:
  using Number = Holders::Number;
  struct Entry {
    Review review;
    Evidence gained;
    bool has_gained = false;
    bool has_grown = false;
    bool is_gone = false;
  };

  void add(Entry entry);
  std::vector<Number> around(const Prefix& place, const Service& service) const;
  std::vector<Number> named(const Grant& learnt, const Service& service) const;
  // Who holds this service at every place of `learnt`; nobody, if one place is left.
  std::vector<Number> around_all(const Grant& learnt, const Service& service) const;
  void grow(Number number, const Grant& learnt, const Service& service);

  std::vector<Entry> entries_;
  Holders holders_;
};

}  // namespace egressc
