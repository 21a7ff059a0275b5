using Hdms.Contracts;
using Hdms.Kit.Http;

namespace Hdms.Users.People;

/// <summary>How much of people a caller sees (<see cref="UserView"/>).</summary>
enum Sight
{
    Basic,
    Contact,
    Everything,
}

/// <summary>Shows people as far as the caller sees.</summary>
static class Sights
{
    public static Sight Of(Caller caller) => caller switch
    {
        { IsAdmin: true } or { IsService: true } => Sight.Everything,
        _ when caller.Scopes.Contains(Scopes.ReadUsers) || caller.Scopes.Contains(Scopes.WriteUsers) => Sight.Everything,
        { Role: Role.Moderator or Role.Assignee } => Sight.Contact,
        _ => Sight.Basic,
    };

    public static UserSummary Summary(this User u) => new(u.Id, u.FirstName, u.LastName, u.Role, u.DepartmentId, u.MayWork, u.IsDeleted);

    /// <param name="openly">With the whole national id, for an admin who looks at one person.</param>
    public static UserView View(this User u, Sight sight, bool openly = false, DateTimeOffset? lastLogin = null)
    {
        var contact = sight >= Sight.Contact;
        var all = sight == Sight.Everything;
        return new UserView(
            u.Id,
            u.FirstName,
            u.LastName,
            u.Role,
            u.DepartmentId,
            u.MayWork,
            EmployeeCode: contact ? u.EmployeeCode : null,
            Email: contact ? u.Email : null,
            PhoneNumber: contact ? u.PhoneNumber : null,
            IsCeo: contact ? u.IsCeo : null,
            IsApprover: contact ? u.IsApprover : null,
            IsAnalyst: all ? u.IsAnalyst : null,
            HelpdeskAuthorized: all ? u.HelpdeskAuthorized : null,
            Cnic: !all ? null : openly ? u.Cnic : Masked(u.Cnic),
            SmsUserId: all ? u.SmsUserId : null,
            LastSmsSync: all ? u.LastSmsSync : null,
            DateJoined: all ? u.DateJoined : null,
            LastLogin: all ? lastLogin : null,
            AnonymisedAt: all ? u.AnonymisedAt : null,
            IsDeleted: all ? u.IsDeleted : null,
            DeletedAt: all ? u.DeletedAt : null,
            CreatedAt: all ? u.CreatedAt : null,
            UpdatedAt: all ? u.UpdatedAt : null,
            AllowedActions: all ? u.AllowedActions : null,
            u.Version);
    }

    /// <summary>All but the last four characters as stars, dashes kept; one of four or fewer is all stars.</summary>
    public static string? Masked(string? cnic) => cnic is null
        ? null
        : string.Concat(cnic.Select((c, i) => c == '-' || (i >= cnic.Length - 4 && cnic.Length > 4) ? c : '*'));
}
