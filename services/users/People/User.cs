using System.Text.RegularExpressions;
using Hdms.Contracts;
using Hdms.Kit.Events;
using Hdms.Kit.Problems;

namespace Hdms.Users.People;

/// <summary>A person, as the row says, and the rules about one person alone.</summary>
sealed partial record User
{
    static readonly DateTimeOffset Earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);
    static readonly DateTimeOffset Latest = new(2200, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public Guid Id { get; init; }
    public string EmployeeCode { get; init; } = "";
    public string? Cnic { get; init; }
    public string? Email { get; init; }
    public string? PhoneNumber { get; init; }
    public string FirstName { get; init; } = "";
    public string LastName { get; init; } = "";
    public Role Role { get; init; }
    public bool IsCeo { get; init; }
    public bool IsApprover { get; init; }
    public bool IsAnalyst { get; init; }
    public bool HelpdeskAuthorized { get; init; }
    public Guid? DepartmentId { get; init; }
    public string? SmsUserId { get; init; }
    public DateTimeOffset? LastSmsSync { get; init; }
    public bool IsActive { get; init; } = true;
    public DateTimeOffset DateJoined { get; init; }
    public DateTimeOffset? AnonymisedAt { get; init; }
    public bool IsDeleted { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public long Version { get; init; }

    /// <summary>As the column has it.</summary>
    public string RoleName => Role.ToString().ToLowerInvariant();

    public EventStream Stream => new(Id, Version) { Person = Id, Imported = () => State<UserImported>() };

    /// <summary>May be given work, may be a head.</summary>
    public bool MayWork => IsActive && !IsDeleted;

    /// <summary>One of those without whom nobody could let anybody in.</summary>
    public bool IsAdminAtWork => Role == Role.Admin && MayWork && HelpdeskAuthorized;

    public string Status => this switch
    {
        { AnonymisedAt: not null } => "anonymised",
        { IsDeleted: true } => "deleted",
        { IsActive: true } => "active",
        _ => "inactive",
    };

    public IReadOnlyList<string> AllowedActions => Status switch
    {
        "anonymised" => [],
        "deleted" => ["restore", "anonymise"],
        "active" => ["change", "deactivate", Access, "delete", "anonymise"],
        _ => ["change", "reactivate", Access, "delete", "anonymise"],
    };

    string Access => HelpdeskAuthorized ? "revoke_access" : "grant_access";

    /// <summary>422 <c>invalid_transition</c> unless the person's state allows it.</summary>
    public void MustAllow(string action)
    {
        if (!AllowedActions.Contains(action))
        {
            throw Refusal.InvalidTransition(Status, action, AllowedActions);
        }
    }

    /// <summary>What must hold of every person, whoever writes them; texts are trimmed already.</summary>
    public void Check(Checks check)
    {
        if (check.Text("employee_code", EmployeeCode, 50))
        {
            check.Matches("employee_code", EmployeeCode, CodePattern(), "takes letters, digits, spaces and . _ -, and begins and ends with a letter or digit");
            check.That("employee_code", EmployeeCode is not "me" && !Guid.TryParse(EmployeeCode, out _), "can't be 'me' or a UUID, which mean something else in an address");
        }

        check.Text("first_name", FirstName, 150);
        check.Text("last_name", LastName, 150, min: 0);
        check.Matches("cnic", Cnic, CnicPattern(), "takes 1 to 20 digits, letters and dashes");
        check.OptionalText("email", Email, 254);
        check.Matches("email", Email, EmailPattern(), "is no e-mail address");
        check.Matches("phone_number", PhoneNumber, PhonePattern(), "takes 1 to 20 digits, spaces and + - . ( ) /");
        check.OptionalText("sms_user_id", SmsUserId, 100);
        check.That("role", Enum.IsDefined(Role), "is no role");
        check.That("date_joined", DateJoined >= Earliest && DateJoined < Latest, "must be between 1900 and 2200");
        check.That("last_sms_sync", LastSmsSync is null || (LastSmsSync >= Earliest && LastSmsSync < Latest), "must be between 1900 and 2200");
    }

    /// <summary>The person without spaces around what was typed; an empty text where none is needed is none.</summary>
    public User Trimmed() => this with
    {
        EmployeeCode = EmployeeCode?.Trim() ?? "",
        FirstName = FirstName?.Trim() ?? "",
        LastName = LastName?.Trim() ?? "",
        Cnic = OrNull(Cnic),
        Email = OrNull(Email),
        PhoneNumber = OrNull(PhoneNumber),
        SmsUserId = OrNull(SmsUserId),
    };

    /// <summary>The whole state as an event.</summary>
    public T State<T>()
        where T : UserState, new() => new()
        {
            Id = Id,
            EmployeeCode = EmployeeCode,
            Cnic = Cnic,
            Email = Email,
            PhoneNumber = PhoneNumber,
            FirstName = FirstName,
            LastName = LastName,
            Role = Role,
            IsCeo = IsCeo,
            IsApprover = IsApprover,
            IsAnalyst = IsAnalyst,
            HelpdeskAuthorized = HelpdeskAuthorized,
            DepartmentId = DepartmentId,
            SmsUserId = SmsUserId,
            LastSmsSync = LastSmsSync,
            IsActive = IsActive,
            DateJoined = DateJoined,
            AnonymisedAt = AnonymisedAt,
            IsDeleted = IsDeleted,
            DeletedAt = DeletedAt,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
        };

    static string? OrNull(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    [GeneratedRegex(@"^[\p{L}\p{N}]([\p{L}\p{N} ._-]*[\p{L}\p{N}])?\z", RegexOptions.None, 1000)]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"^[0-9A-Za-z-]{1,20}\z", RegexOptions.None, 1000)]
    private static partial Regex CnicPattern();

    [GeneratedRegex(@"^[^@\s\p{C}]+@[^@\s\p{C}]+\.[^@\s\p{C}]+\z", RegexOptions.None, 1000)]
    private static partial Regex EmailPattern();

    [GeneratedRegex(@"^[0-9+() ./-]{1,20}\z", RegexOptions.None, 1000)]
    private static partial Regex PhonePattern();
}
