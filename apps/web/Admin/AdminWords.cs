using Hdms.Contracts;

namespace Hdms.Web.Admin;

/// <summary>How the things that admins keep are called on pages.</summary>
static class AdminWords
{
    public static string Of(Role role) => role == Role.Assignee ? "Head of department" : role.ToString();

    public static string RolesOf(UserView user) => string.Join(", ", new[]
    {
        Of(user.Role),
        user.IsCeo == true ? "CEO" : null,
        user.IsApprover == true ? "approver" : null,
        user.IsAnalyst == true ? "analyst" : null,
    }.OfType<string>());

    public static string NameOf(UserSummary? user) => user is null ? "–" : $"{user.FirstName} {user.LastName}".Trim();

    public static string NameOf(UserView user) => $"{user.FirstName} {user.LastName}".Trim();

    /// <summary>What state a person is in, with its colour.</summary>
    public static (string Word, string Class) StateOf(UserView user) => user switch
    {
        { AnonymisedAt: not null } => ("anonymised", "tone-plain"),
        { IsDeleted: true } => ("deleted", "tone-bad"),
        { IsActive: false } => ("inactive", "tone-wait"),
        { HelpdeskAuthorized: false } => ("active, no access", "tone-new"),
        _ => ("active", "tone-done"),
    };

    public static IEnumerable<(string Value, string Text)> Roles() => Enum.GetValues<Role>().Select(r => (Shell.Words.Wire(r), Of(r)));

    public static IEnumerable<(string Value, string Text)> Choices(IEnumerable<DepartmentView> departments, string none) =>
        departments.Select(d => (d.Id.ToString(), d.Name)).Prepend(("", none));
}
