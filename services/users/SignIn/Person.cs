using Hdms.Contracts;

namespace Hdms.Users.SignIn;

/// <summary>What sign-in has to know of a person.</summary>
class Person
{
    /// <summary>The columns of <c>users AS u</c> that make a <see cref="Person"/>.</summary>
    public const string Columns =
        """
        u.id, u.employee_code AS EmployeeCode, u.email, u.first_name AS FirstName, u.last_name AS LastName, u.role,
        u.is_ceo AS IsCeo, u.is_approver AS IsApprover, u.is_analyst AS IsAnalyst, u.department_id AS DepartmentId,
        u.is_active AS IsActive, u.helpdesk_authorized AS IsAuthorized
        """;

    public Guid Id { get; init; }

    public string EmployeeCode { get; init; } = "";

    public string? Email { get; init; }

    public string FirstName { get; init; } = "";

    public string LastName { get; init; } = "";

    public string Role { get; init; } = "";

    public bool IsCeo { get; init; }

    public bool IsApprover { get; init; }

    public bool IsAnalyst { get; init; }

    public Guid? DepartmentId { get; init; }

    public bool IsActive { get; init; }

    public bool IsAuthorized { get; init; }

    public bool MayComeIn => IsActive && IsAuthorized;

    public SignedInUser View() => new(Id, EmployeeCode, FirstName, LastName, Email, Role, IsCeo, IsApprover, IsAnalyst, DepartmentId);
}

/// <summary>A person with what proves who they are.</summary>
sealed class Credentials : Person
{
    public new const string Columns = $"{Person.Columns}, c.password_hash AS PasswordHash, coalesce(c.must_change, false) AS MustChange";

    public string? PasswordHash { get; init; }

    public bool MustChange { get; init; }

    /// <summary>The hash is of an older form; set once the password was found right.</summary>
    public bool NeedsUpgrade { get; set; }
}
