using System.Text.RegularExpressions;
using Hdms.Contracts;
using Hdms.Kit.Problems;

namespace Hdms.Users.Departments;

/// <summary>A department, as the row says, and the rules about one department alone.</summary>
sealed partial record Department
{
    public Guid Id { get; init; }
    public string Name { get; init; } = "";
    public string Code { get; init; } = "";
    public Guid? HeadId { get; init; }
    public int TotalCapacity { get; init; } = 100;
    public bool QueueEnabled { get; init; }
    public DepartmentStatus State { get; init; }
    public bool IsDeleted { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset UpdatedAt { get; init; }
    public long Version { get; init; }

    /// <summary>As the column has it.</summary>
    public string StateName => State.ToString().ToLowerInvariant();

    public string Status => IsDeleted ? "deleted" : StateName;

    public IReadOnlyList<string> AllowedActions => Status switch
    {
        "deleted" => ["restore"],
        "open" => ["change", "close", "delete"],
        _ => ["change", "reopen", "delete"],
    };

    /// <summary>422 <c>invalid_transition</c> unless the department's state allows it.</summary>
    public void MustAllow(string action)
    {
        if (!AllowedActions.Contains(action))
        {
            throw Refusal.InvalidTransition(Status, action, AllowedActions);
        }
    }

    public void Check(Checks check)
    {
        check.Text("name", Name, 100);
        if (check.Text("code", Code, 10))
        {
            check.Matches("code", Code, CodePattern(), "takes letters, digits and dashes");
        }

        check.That("total_capacity", TotalCapacity is >= 0 and <= 1_000_000, "must be 0 to 1000000");
    }

    /// <summary>Without spaces around what was typed; the code in upper case.</summary>
    public Department Trimmed() => this with { Name = Name?.Trim() ?? "", Code = Code?.Trim().ToUpperInvariant() ?? "" };

    /// <summary>The whole state as an event.</summary>
    public T As<T>()
        where T : DepartmentEventState, new() => new()
        {
            Id = Id,
            Name = Name,
            Code = Code,
            HeadId = HeadId,
            TotalCapacity = TotalCapacity,
            QueueEnabled = QueueEnabled,
            State = State,
            IsDeleted = IsDeleted,
            DeletedAt = DeletedAt,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
        };

    [GeneratedRegex(@"^[0-9A-Z-]+\z", RegexOptions.None, 1000)]
    private static partial Regex CodePattern();
}
