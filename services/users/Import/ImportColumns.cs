using System.Globalization;
using Hdms.Contracts;
using Hdms.Kit.Problems;
using Hdms.Users.People;

namespace Hdms.Users.Import;

/// <summary>
/// What each column of a file does to a person. A column that the file does not have changes nothing; an empty cell clears what
/// may be empty, and leaves the role, the flags and the date as they are.
/// </summary>
static class ImportColumns
{
    public const string Key = "employee_code";
    public const string DepartmentCode = "department_code";

    static readonly Dictionary<string, Func<User, string, Checks, User>> Columns = new(StringComparer.Ordinal)
    {
        [Key] = (u, cell, _) => u with { EmployeeCode = cell },
        ["first_name"] = (u, cell, _) => u with { FirstName = cell },
        ["last_name"] = (u, cell, _) => u with { LastName = cell },
        ["cnic"] = (u, cell, _) => u with { Cnic = cell },
        ["email"] = (u, cell, _) => u with { Email = cell },
        ["phone_number"] = (u, cell, _) => u with { PhoneNumber = cell },
        ["role"] = (u, cell, check) => u with { Role = ReadRole(cell, u.Role, check) },
        ["is_ceo"] = (u, cell, check) => u with { IsCeo = Flag("is_ceo", cell, u.IsCeo, check) },
        ["is_approver"] = (u, cell, check) => u with { IsApprover = Flag("is_approver", cell, u.IsApprover, check) },
        ["is_analyst"] = (u, cell, check) => u with { IsAnalyst = Flag("is_analyst", cell, u.IsAnalyst, check) },
        ["helpdesk_authorized"] = (u, cell, check) => u with { HelpdeskAuthorized = Flag("helpdesk_authorized", cell, u.HelpdeskAuthorized, check) },
        ["sms_user_id"] = (u, cell, _) => u with { SmsUserId = cell },
        ["date_joined"] = (u, cell, check) => u with { DateJoined = Time(cell, u.DateJoined, check) },
    };

    public static IReadOnlyList<string> Known { get; } = [.. Columns.Keys, DepartmentCode];

    /// <summary>The person as the row says, checked as any other.</summary>
    /// <param name="current">The person as they are; for a new one, an empty one.</param>
    /// <param name="departments">Ids by code, of those that are open.</param>
    public static User Merge(
        User current, IReadOnlyList<string> columns, IReadOnlyList<string> cells, IReadOnlyDictionary<string, Guid> departments, Checks check)
    {
        var user = current;
        for (var i = 0; i < columns.Count; i++)
        {
            var cell = cells[i].Trim();
            user = columns[i] == DepartmentCode
                ? user with { DepartmentId = Department(cell, departments, check) }
                : Columns[columns[i]](user, cell, check);
        }

        user = user.Trimmed();
        user.Check(check);
        return user;
    }

    /// <summary>The department that a row names, as it is looked for; null for none.</summary>
    public static string? DepartmentOf(IReadOnlyList<string> columns, IReadOnlyList<string> cells)
    {
        for (var i = 0; i < columns.Count && i < cells.Count; i++)
        {
            if (columns[i] == DepartmentCode && cells[i].Trim() is { Length: > 0 } code)
            {
                return code.ToUpperInvariant();
            }
        }

        return null;
    }

    static Guid? Department(string cell, IReadOnlyDictionary<string, Guid> departments, Checks check)
    {
        if (cell.Length == 0)
        {
            return null;
        }

        var found = departments.TryGetValue(cell.ToUpperInvariant(), out var id);
        check.That(DepartmentCode, found, $"'{cell}' is no open department");
        return found ? id : null;
    }

    static Role ReadRole(string cell, Role current, Checks check)
    {
        if (cell.Length == 0)
        {
            return current;
        }

        // Not Enum.TryParse, which takes numbers for names.
        var role = Enum.GetValues<Role>().Where(r => r.ToString().Equals(cell, StringComparison.OrdinalIgnoreCase)).Select(r => (Role?)r).FirstOrDefault();
        check.That("role", role is not null, $"'{cell}' is no role; there are requester, moderator, assignee, admin");
        return role ?? current;
    }

    static bool Flag(string column, string cell, bool current, Checks check)
    {
        bool? flag = cell.ToLowerInvariant() switch
        {
            "" => current,
            "true" or "yes" or "1" => true,
            "false" or "no" or "0" => false,
            _ => null,
        };
        check.That(column, flag is not null, $"'{cell}' is neither true nor false");
        return flag ?? current;
    }

    static DateTimeOffset Time(string cell, DateTimeOffset current, Checks check)
    {
        if (cell.Length == 0)
        {
            return current;
        }

        var read = DateTimeOffset.TryParseExact(
            cell, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.fffK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time);
        check.That("date_joined", read, $"'{cell}' is no date such as 2026-01-31, or time such as 2026-01-31T09:30:00Z");
        return read ? time.ToUniversalTime() : current;
    }
}
