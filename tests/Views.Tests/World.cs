using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Users;
using Hdms.Users.Departments;
using Hdms.Users.People;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Views.Tests;

/// <summary>Somebody of the organisation in which the tests play.</summary>
public sealed record TestUser(Guid Id, string Code, Role Role, Guid? DepartmentId);

/// <summary>An organisation of two departments: IT, which has a team, and finance, which may ask for approvals.</summary>
public sealed class World
{
    readonly Dictionary<string, TestUser> _users;
    readonly Dictionary<string, Guid> _departments;

    World(Dictionary<string, TestUser> users, Dictionary<string, Guid> departments) => (_users, _departments) = (users, departments);

    public TestUser Requester => _users["REQ-1"];

    /// <summary>Another one, who has nothing to do with the first one's tickets.</summary>
    public TestUser Stranger => _users["REQ-2"];

    /// <summary>Added to tickets and taken away from them.</summary>
    public TestUser Guest => _users["REQ-3"];

    /// <summary>Of IT's team.</summary>
    public TestUser Teammate => _users["REQ-4"];

    public TestUser Moderator => _users["MOD-1"];

    public TestUser ItHead => _users["IT-1"];

    public TestUser FinanceHead => _users["FIN-1"];

    public TestUser Approver => _users["APP-1"];

    public TestUser Admin => _users["ADM-1"];

    public IReadOnlyCollection<TestUser> Everybody => _users.Values;

    public Guid It => _departments["IT"];

    public Guid Finance => _departments["FIN"];

    internal static async Task MakeAsync(TestDatabase database)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(database.Settings()).AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["port"] = "0",
            ["service_key"] = ViewsApi.ServiceKey,
            ["log_level"] = "Error",
        }).Build();
        await using var app = UsersService.Definition.Build(settings);
        await app.StartAsync();
        await app.Services.GetRequiredService<ServiceDatabase>().WriteAsync(Caller.System(), MakeAsync, CancellationToken.None);
        await app.StopAsync();
    }

    static async Task MakeAsync(UnitOfWork unit)
    {
        foreach (var (code, name) in new[] { ("IT", "IT"), ("FIN", "Finance") })
        {
            var department = await DepartmentTable.InsertAsync(unit, new Department
            {
                Id = Guid.CreateVersion7(unit.Now), Name = name, Code = code, TotalCapacity = 1000, CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1,
            });
            var head = await AddAsync(unit, $"{code}-1", Role.Assignee, department.Id);
            await DepartmentTable.SaveAsync<DepartmentChanged>(unit, department, department with { HeadId = head.Id });
        }

        foreach (var (code, role) in new[]
        {
            ("REQ-1", Role.Requester), ("REQ-2", Role.Requester), ("REQ-3", Role.Requester), ("REQ-4", Role.Requester), ("MOD-1", Role.Moderator), ("ADM-1", Role.Admin),
            ("APP-1", Role.Requester),
        })
        {
            await AddAsync(unit, code, role, null);
        }
    }

    static async Task<User> AddAsync(UnitOfWork unit, string code, Role role, Guid? department) => await UserTable.InsertAsync(unit, new User
    {
        Id = Guid.CreateVersion7(unit.Now),
        EmployeeCode = code,
        FirstName = code,
        LastName = "Tester",
        Role = role,
        DepartmentId = department,
        IsApprover = code.StartsWith("APP", StringComparison.Ordinal),
        HelpdeskAuthorized = true,
        IsActive = true,
        DateJoined = unit.Now,
        CreatedAt = unit.Now,
        UpdatedAt = unit.Now,
        Version = 1,
    });

    internal static async Task<World> ReadAsync(TestDatabase database)
    {
        var users = await database.QueryAsync<(Guid Id, string Code, string Role, Guid? Department)>("SELECT id, employee_code, role, department_id FROM users");
        var departments = await database.QueryAsync<(Guid Id, string Code)>("SELECT id, code FROM departments");
        return new World(
            users.ToDictionary(u => u.Code, u => new TestUser(u.Id, u.Code, Enum.Parse<Role>(u.Role, ignoreCase: true), u.Department)),
            departments.ToDictionary(d => d.Code, d => d.Id));
    }
}
