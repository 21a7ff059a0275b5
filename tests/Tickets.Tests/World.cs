using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Users;
using Hdms.Users.Departments;
using Hdms.Users.People;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Tickets.Tests;

/// <summary>Somebody of the organisation in which the tests play.</summary>
public sealed record TestUser(Guid Id, string Code, Role Role, Guid? DepartmentId, bool IsCeo, bool IsApprover);

/// <summary>An organisation of two departments: IT, and finance, which may ask for approvals.</summary>
public sealed class World
{
    readonly Dictionary<string, TestUser> _users;
    readonly Dictionary<string, Guid> _departments;

    World(Dictionary<string, TestUser> users, Dictionary<string, Guid> departments) => (_users, _departments) = (users, departments);

    public TestUser Requester => _users["REQ-1"];

    /// <summary>Another one, who has nothing to do with the first one's tickets.</summary>
    public TestUser Stranger => _users["REQ-2"];

    public TestUser Moderator => _users["MOD-1"];

    public TestUser OtherModerator => _users["MOD-2"];

    public TestUser ItHead => _users["IT-1"];

    public TestUser FinanceHead => _users["FIN-1"];

    /// <summary>Of the IT department's team.</summary>
    public TestUser TeamMember => _users["IT-2"];

    public TestUser Approver => _users["APP-1"];

    public TestUser OtherApprover => _users["APP-2"];

    public TestUser Ceo => _users["CEO-1"];

    public TestUser Admin => _users["ADM-1"];

    public TestUser OtherAdmin => _users["ADM-2"];

    public IReadOnlyCollection<TestUser> Everybody => _users.Values;

    public Guid It => _departments["IT"];

    public Guid Finance => _departments["FIN"];

    /// <summary>Room for one ticket, and a queue.</summary>
    public Guid Small => _departments["SMALL"];

    /// <summary>Room for one ticket, and no queue.</summary>
    public Guid Full => _departments["FULL"];

    /// <summary>Without a head.</summary>
    public Guid Headless => _departments["NONE"];

    public TestUser HeadOf(Guid department) => _users.Values.Single(u => u.Role == Role.Assignee && u.DepartmentId == department);

    internal static async Task MakeAsync(TestDatabase database)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(database.Settings()).AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["port"] = "0",
            ["service_key"] = TicketsApi.ServiceKey,
            ["log_level"] = "Error",
        }).Build();
        await using var app = UsersService.Definition.Build(settings);
        await app.StartAsync();
        await app.Services.GetRequiredService<ServiceDatabase>().WriteAsync(Caller.System(), MakeAsync, CancellationToken.None);
        await app.StopAsync();
    }

    static async Task MakeAsync(UnitOfWork unit)
    {
        foreach (var (code, name, capacity, queue, head) in new[]
        {
            ("IT", "IT", 100, false, true), ("FIN", "Finance", 100, false, true), ("SMALL", "Small", 1, true, true), ("FULL", "Full", 1, false, true), ("NONE", "Headless", 10, false, false),
        })
        {
            var department = await DepartmentTable.InsertAsync(unit, new Department
            {
                Id = Guid.CreateVersion7(unit.Now), Name = name, Code = code, TotalCapacity = capacity, QueueEnabled = queue, CreatedAt = unit.Now, UpdatedAt = unit.Now, Version = 1,
            });
            if (!head)
                continue;
            var person = await AddAsync(unit, $"{code}-1", Role.Assignee, department.Id);
            await DepartmentTable.SaveAsync<DepartmentChanged>(unit, department, department with { HeadId = person.Id });
            if (code == "IT")
                await TeamTable.AddAsync(unit, await DepartmentTable.LockAsync(unit, department.Id), (await AddAsync(unit, "IT-2", Role.Requester, department.Id)).Id);
        }

        foreach (var (code, role) in new[]
        {
            ("REQ-1", Role.Requester), ("REQ-2", Role.Requester), ("MOD-1", Role.Moderator), ("MOD-2", Role.Moderator), ("ADM-1", Role.Admin), ("ADM-2", Role.Admin),
            ("APP-1", Role.Requester), ("APP-2", Role.Requester), ("CEO-1", Role.Requester),
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
        IsCeo = code.StartsWith("CEO", StringComparison.Ordinal),
        HelpdeskAuthorized = true,
        IsActive = true,
        DateJoined = unit.Now,
        CreatedAt = unit.Now,
        UpdatedAt = unit.Now,
        Version = 1,
    });

    internal static async Task<World> ReadAsync(TestDatabase database)
    {
        var users = await database.QueryAsync<(Guid Id, string Code, string Role, Guid? Department, bool Ceo, bool Approver)>(
            "SELECT id, employee_code, role, department_id, is_ceo, is_approver FROM users");
        var departments = await database.QueryAsync<(Guid Id, string Code)>("SELECT id, code FROM departments");
        return new World(
            users.ToDictionary(u => u.Code, u => new TestUser(u.Id, u.Code, Enum.Parse<Role>(u.Role, ignoreCase: true), u.Department, u.Ceo, u.Approver)),
            departments.ToDictionary(d => d.Code, d => d.Id));
    }
}
