namespace Hdms.Contracts;

/// <summary><c>POST /api/v1/auth/sign-in</c>.</summary>
/// <param name="Device">What the person calls the device, shown in the list of sessions; the browser's own name when absent.</param>
public sealed record SignInRequest(string EmployeeCode, string Password, string? Device = null)
{
    /// <summary>A record would print the password.</summary>
    public override string ToString() => nameof(SignInRequest);
}

/// <summary>A signed-in person's tokens. The access token is sent with every request; the refresh token only to get the next two.</summary>
/// <param name="TokenType">Always <c>Bearer</c>.</param>
/// <param name="ExpiresIn">Seconds that the access token is valid for.</param>
/// <param name="RefreshToken">Good for one refresh; what is answered then takes its place.</param>
public sealed record SignedIn(
    string AccessToken, string TokenType, int ExpiresIn, string RefreshToken, DateTimeOffset RefreshExpiresAt, Guid SessionId, SignedInUser User)
{
    public override string ToString() => $"{nameof(SignedIn)} {SessionId}";
}

/// <summary>The person whom the tokens are for.</summary>
/// <param name="Role"><c>requester</c>, <c>moderator</c>, <c>assignee</c> or <c>admin</c>.</param>
public sealed record SignedInUser(
    Guid Id, string EmployeeCode, string FirstName, string LastName, string? Email, string Role,
    bool IsCeo, bool IsApprover, bool IsAnalyst, Guid? DepartmentId);

/// <summary><c>POST /api/v1/auth/refresh</c>.</summary>
public sealed record RefreshRequest(string RefreshToken)
{
    public override string ToString() => nameof(RefreshRequest);
}

/// <summary>Why a right request was refused: the member <c>reason</c> of a <c>forbidden</c> problem at sign-in.</summary>
public static class SignInReasons
{
    /// <summary>The person has not been let into the help desk.</summary>
    public const string NotAuthorized = "not_authorized";

    /// <summary>The person has been deactivated.</summary>
    public const string Inactive = "inactive";

    /// <summary>The password is a temporary one: <c>POST /auth/password-change</c> first.</summary>
    public const string MustChangePassword = "must_change_password";
}

/// <summary>A session: the time from a sign-in to its end, on one device.</summary>
/// <param name="Current">Whether it is the session that asks.</param>
public sealed record SessionView(
    Guid Id, Guid UserId, string? Device, string? Ip, DateTimeOffset CreatedAt, DateTimeOffset LastUsedAt, DateTimeOffset ExpiresAt, bool Current);

/// <param name="Ended">How many sessions were ended.</param>
public sealed record SessionsEndedView(int Ended);

/// <summary><c>POST /api/v1/auth/password</c>.</summary>
public sealed record ChangePasswordRequest(string CurrentPassword, string NewPassword)
{
    public override string ToString() => nameof(ChangePasswordRequest);
}

/// <summary><c>POST /api/v1/auth/password-change</c>, for those who can't sign in before they have changed a temporary password.</summary>
public sealed record ReplacePasswordRequest(string EmployeeCode, string CurrentPassword, string NewPassword)
{
    public override string ToString() => nameof(ReplacePasswordRequest);
}

/// <summary><c>POST /api/v1/users/{id}/password</c>: a temporary password, which the person has to change before they sign in.</summary>
public sealed record SetPasswordRequest(string TemporaryPassword)
{
    public override string ToString() => nameof(SetPasswordRequest);
}

/// <summary>Somebody has signed in. Recorded without a version of the user: it changes nothing of the person.</summary>
[EventType("user.signed_in.v1")]
public sealed record UserSignedIn(Guid SessionId, [Personal] string? Device);

/// <summary>Sessions of a person have ended before their time. Recorded without a version of the user.</summary>
/// <param name="Reason"><c>signed_out</c>, <c>revoked</c>, <c>password_changed</c>, <c>reuse_detected</c>, or as who ended them said.</param>
[EventType("user.sessions_ended.v1")]
public sealed record UserSessionsEnded(IReadOnlyList<Guid> SessionIds, string Reason);

/// <summary>A refresh token came a second time: one of two holders is not the person, so the session was ended. Recorded without a version of the user.</summary>
[EventType("session.reuse_detected.v1")]
public sealed record SessionReuseDetected(Guid SessionId);

/// <summary>A password was set. Recorded without a version of the user.</summary>
/// <param name="Temporary">It was set by an admin and has to be changed.</param>
[EventType("user.password_changed.v1")]
public sealed record UserPasswordChanged(bool Temporary);
