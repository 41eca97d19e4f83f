#include "deploy/dry_run.h"

#include "cli/outcome.h"
#include "deploy/rules_commit.h"

namespace egressc {

DryRun::DryRun(Kernel& kernel, const Site& site, Target& target, const ChangeOptions& options)
    : kernel_(kernel), site_(site), target_(target), options_(options) {
  begin();
}

void DryRun::begin() {
  const bool nobody_is_asked = options_.yes && !options_.dry_run;
  text_ = nobody_is_asked ? expected_text(target_, site_, options_) : std::string();
  if (!text_.empty() && kernel_.expect(text_)) {
    checked_ = kernel_.check_expected(options_.netns, target_.file);
  } else {
    text_ = tried_text(target_, site_);
    checked_ = kernel_.check(options_.netns, text_, target_.file);
  }
}

std::optional<int> DryRun::refused(const Plan& plan) {
  if (!options_.dry_run && !options_.yes) (void)kernel_.expect(expected_text(target_, site_, options_));
  auto checked = checked_.get();
  if (checked && checked->outcome == ChangeOutcome::refused && is_beside(target_, site_)) {
    // Something of the same name is there that is not the same.
    target_.is_switched = false;
    begin();
    checked = checked_.get();
  }
  if (!checked) return fail(checked.failure(), exit_status::system_refused);
  if (checked->outcome == ChangeOutcome::done) return std::nullopt;
  render(blamed(checked->refusal, target_, plan, text_), options_.color);
  return fail({"the kernel does not take this ruleset: nothing is changed"}, exit_status::system_refused);
}

}  // namespace egressc
