using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Hdms.Users.Departments;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.People;

static class RegisterUser
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/users", Handle)
        .WithName(nameof(RegisterUser))
        .WithTags("Users")
        .WithSummary("Registers a person (admin, or scope users:write)")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.UnknownReference, Codes.AlreadyExists);

    static Task<Answer<UserView>> Handle(RegisterUserRequest request, Caller caller, ServiceDatabase db, TimeProvider clock, CancellationToken ct)
    {
        caller.MustBeAdmin(Scopes.WriteUsers);
        if (request.Password is not null)
        {
            // No scope gives this to a service account: it could sign in as whom it has made.
            caller.MustBeAdmin();
        }

        var user = Read(request, clock.GetUtcNow());
        var check = new Checks();
        user.Check(check);
        foreach (var problem in request.Password is null ? [] : Passwords.Problems(request.Password, user.EmployeeCode, user.Email, user.Cnic))
        {
            check.That("password", false, problem);
        }

        check.Done();

        // Outside the unit of work: it takes a tenth of a second of a processor.
        var hash = request.Password is null ? null : Passwords.Hash(request.Password);

        // With a password in it, the request's hash is not kept for its idempotency key: it would be a fast hash of the password.
        // The employee code sees to it that a repeated request registers nobody twice.
        var by = hash is null ? caller : caller with { Idempotent = null };
        return db.AnswerAsync(by, async unit =>
        {
            var row = await AddAsync(unit, user);
            if (hash is not null)
            {
                await NewPassword.SetTemporaryAsync(unit, row.Id, hash);
            }

            return Answer.Created($"{Service.Api}/users/{row.Id}", row.View(Sight.Everything, openly: true), row.Version);
        }, ct);
    }

    /// <summary>Adds a checked person in the caller's unit of work.</summary>
    public static async Task<User> AddAsync(UnitOfWork unit, User user)
    {
        Rights.MustBeAllowed(unit.By, user.Role);
        if (user.DepartmentId is { } department)
        {
            await DepartmentTable.MustBeOpenAsync(unit, department);
        }

        return await UserTable.InsertAsync(unit, user);
    }

    static User Read(RegisterUserRequest r, DateTimeOffset now) => new User
    {
        EmployeeCode = r.EmployeeCode,
        FirstName = r.FirstName,
        LastName = r.LastName,
        Cnic = r.Cnic,
        Email = r.Email,
        PhoneNumber = r.PhoneNumber,
        Role = r.Role,
        IsCeo = r.IsCeo,
        IsApprover = r.IsApprover,
        IsAnalyst = r.IsAnalyst,
        HelpdeskAuthorized = r.HelpdeskAuthorized,
        DepartmentId = r.DepartmentId,
        SmsUserId = r.SmsUserId,
        DateJoined = r.DateJoined ?? DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()),
    }.Trimmed();
}
