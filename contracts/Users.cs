using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace Hdms.Contracts;

/// <summary>A person's role (DOMAIN.md section 2, User); one each.</summary>
public enum Role
{
    Requester,
    Moderator,

    /// <summary>A department's head, who works its tickets.</summary>
    Assignee,
    Admin,
}

/// <summary>A new person. Codes, national ids and e-mail addresses are one person's each, also after deletion.</summary>
/// <param name="DateJoined">Now, if not given.</param>
/// <param name="Password">A first password, to be changed at the first sign-in; without one the person has none yet.</param>
public sealed record RegisterUserRequest(
    [property: StringLength(50, MinimumLength = 1)] string EmployeeCode,
    [property: StringLength(150, MinimumLength = 1)] string FirstName,
    [property: StringLength(150)] string LastName = "",
    [property: StringLength(20)] string? Cnic = null,
    [property: StringLength(254)] string? Email = null,
    [property: StringLength(20)] string? PhoneNumber = null,
    Role Role = Role.Requester,
    bool IsCeo = false,
    bool IsApprover = false,
    bool IsAnalyst = false,
    bool HelpdeskAuthorized = false,
    Guid? DepartmentId = null,
    [property: StringLength(100)] string? SmsUserId = null,
    DateTimeOffset? DateJoined = null,
    string? Password = null);

/// <summary>What is to be changed of a person: members that are absent stay, null clears.</summary>
public sealed record ChangeUserRequest
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(50, MinimumLength = 1)]
    public Optional<string> EmployeeCode { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(150, MinimumLength = 1)]
    public Optional<string> FirstName { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(150)]
    public Optional<string> LastName { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(20)]
    public Optional<string?> Cnic { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(254)]
    public Optional<string?> Email { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(20)]
    public Optional<string?> PhoneNumber { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Role> Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> IsCeo { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> IsApprover { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> IsAnalyst { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<bool> HelpdeskAuthorized { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<Guid?> DepartmentId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault), StringLength(100)]
    public Optional<string?> SmsUserId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<DateTimeOffset?> LastSmsSync { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Optional<DateTimeOffset> DateJoined { get; init; }

    /// <summary>The version that the change builds upon; 409 when it is another one by now.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Version { get; init; }
}

/// <summary>
/// A person, as far as the caller may see: everybody sees the members up to <see cref="IsActive"/>; moderators and
/// heads those up to <see cref="IsApprover"/>; admins all. What the caller may not see is null.
/// </summary>
/// <param name="Cnic">The last four characters only, but for an admin who reads this one person.</param>
/// <param name="LastLogin">Read for one person only; no part of the version.</param>
/// <param name="AllowedActions">What the caller can do with the person now; empty for all but admins.</param>
public sealed record UserView(
    Guid Id,
    string FirstName,
    string LastName,
    Role Role,
    Guid? DepartmentId,
    bool IsActive,
    string? EmployeeCode,
    string? Email,
    string? PhoneNumber,
    bool? IsCeo,
    bool? IsApprover,
    bool? IsAnalyst,
    bool? HelpdeskAuthorized,
    string? Cnic,
    string? SmsUserId,
    DateTimeOffset? LastSmsSync,
    DateTimeOffset? DateJoined,
    DateTimeOffset? LastLogin,
    DateTimeOffset? AnonymisedAt,
    bool? IsDeleted,
    DateTimeOffset? DeletedAt,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? UpdatedAt,
    IReadOnlyList<string>? AllowedActions,
    long Version);

/// <summary>The little that is shown of a person beside something else.</summary>
/// <param name="IsActive">May be given work; false for one who is deleted.</param>
public sealed record UserSummary(
    Guid Id, string FirstName, string LastName, Role Role, Guid? DepartmentId, bool IsActive, bool IsDeleted);

/// <param name="Ids">1 to 100.</param>
public sealed record IdsRequest([property: MinLength(1), MaxLength(100)] IReadOnlyList<Guid> Ids);

/// <summary>The persons that were found, deleted ones among them, since their names still stand on what they did.</summary>
public sealed record LookupAnswer(IReadOnlyList<UserSummary> Users, IReadOnlyList<Guid> Missing);

/// <summary>Which ids are there.</summary>
/// <param name="Existing">There and not deleted.</param>
/// <param name="Active">Of the existing, those that may be given work: active persons, departments that are open.</param>
/// <param name="Missing">Unknown or deleted.</param>
public sealed record ExistsAnswer(IReadOnlyList<Guid> Existing, IReadOnlyList<Guid> Active, IReadOnlyList<Guid> Missing);

/// <summary>Why something is done, in the actor's words; kept in the audit.</summary>
public sealed record ReasonRequest([property: StringLength(1000)] string? Reason = null, long? Version = null);
