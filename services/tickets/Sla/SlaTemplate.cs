using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Problems;

namespace Hdms.Tickets.Sla;

/// <summary>A template, as the row says, and the rules about one alone.</summary>
sealed record SlaTemplate : SlaTemplateState, IThingRow<SlaTemplate>
{
    const decimal MostHours = 10_000;

    public long Version { get; init; }

    public void Check(Checks check)
    {
        check.Text("name", Name, 200);
        check.OptionalText("description", Description, 2000, min: 0);
        CheckHours(check, "response_hours", ResponseHours);
        CheckHours(check, "resolution_hours", ResolutionHours);
        check.That("resolution_hours", ResolutionHours >= ResponseHours, "must not be less than response_hours");
    }

    public SlaTemplate Trimmed() => this with { Name = Name?.Trim() ?? "", Description = string.IsNullOrWhiteSpace(Description) ? null : Description.Trim() };

    /// <summary>422 <c>invalid_transition</c> unless it is, or is not, deleted, as the action needs it.</summary>
    public void MustAllow(string action)
    {
        string[] allowed = IsDeleted ? ["restore"] : ["change", "delete"];
        if (!allowed.Contains(action))
        {
            throw Refusal.InvalidTransition(IsDeleted ? "deleted" : IsActive ? "active" : "inactive", action, allowed);
        }
    }

    public SlaTemplate Stamped(Guid id, DateTimeOffset createdAt, DateTimeOffset updatedAt, long version) =>
        this with { Id = id, CreatedAt = createdAt, UpdatedAt = updatedAt, Version = version };

    public SlaTemplateView View() => new(
        Id, Name, Description, Priority, ResponseHours, ResolutionHours, DepartmentId, IsActive, CreatedBy, IsDeleted, DeletedAt, CreatedAt, UpdatedAt, Version);

    static void CheckHours(Checks check, string field, decimal hours) => check.That(
        field, hours is > 0 and <= MostHours && decimal.Round(hours, 2) == hours, $"must be more than 0 and no more than {MostHours}, with two decimals at most");
}
