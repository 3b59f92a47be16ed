/// Who gets a certificate: decisions about join tokens and renewals as pure functions of what group
/// 0 has committed.
///
/// Start with [dev.quorate.enrolment.TokenDesk]. May use `metadata` and `types`.
@NullMarked
package dev.quorate.enrolment;

import org.jspecify.annotations.NullMarked;
