/* The yardstick of matching: price-time priority in C, as fast as a call from Python allows, and nothing else.
 *
 * A level is a doubly linked list of orders, found by price; an order is found by its number. No checks, no owners, no money: whoever measures
 * against it passes prices from 1 to 9,999 and numbers that are small and used once. Built by `make peers`; the bot never sees it.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#define PRICES 10000

typedef struct Order {
    struct Order *before, *after;
    long number, size;
    int price, is_bid, stands;
} Order;

typedef struct {
    PyObject_HEAD
    Order *first[PRICES], *last[PRICES];
    int bid, ask; /* best prices; 0 and PRICES: none */
    Order **orders; /* by number */
    long room;
} Book;

static int level_is_of(Book *book, int price, int is_bid) {
    return book->first[price] != NULL && book->first[price]->is_bid == is_bid;
}

static void take_out(Book *book, Order *order) {
    int price = order->price;
    if (order->before) order->before->after = order->after; else book->first[price] = order->after;
    if (order->after) order->after->before = order->before; else book->last[price] = order->before;
    order->stands = 0;
    if (book->first[price]) return;
    if (price == book->bid && order->is_bid) while (book->bid > 0 && !level_is_of(book, book->bid, 1)) book->bid--;
    if (price == book->ask && !order->is_bid) while (book->ask < PRICES && !level_is_of(book, book->ask, 0)) book->ask++;
}

static int remember(Book *book, Order *order) {
    if (order->number >= book->room) {
        long room = order->number * 2 + 1024;
        Order **orders = PyMem_Realloc(book->orders, room * sizeof(Order *));
        if (!orders) return -1;
        memset(orders + book->room, 0, (room - book->room) * sizeof(Order *));
        book->orders = orders;
        book->room = room;
    }
    book->orders[order->number] = order;
    return 0;
}

/* submit(number, is_bid, price, size) -> None, or a list of (number of the maker, size) */
static PyObject *submit(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    Book *book = (Book *)self;
    if (count != 4) { PyErr_SetString(PyExc_TypeError, "number, is_bid, price, size"); return NULL; }
    long number = PyLong_AsLong(args[0]), size = PyLong_AsLong(args[3]);
    int is_bid = args[1] == Py_True, price = (int)PyLong_AsLong(args[2]);
    if (PyErr_Occurred()) return NULL;
    if (number < 0 || price < 1 || price >= PRICES || size < 1) { PyErr_SetString(PyExc_ValueError, "out of range"); return NULL; }
    PyObject *fills = NULL;
    while (size && (is_bid ? book->ask <= price : book->bid >= price)) {
        Order *maker = book->first[is_bid ? book->ask : book->bid];
        long shares = size < maker->size ? size : maker->size;
        PyObject *fill = Py_BuildValue("(ll)", maker->number, shares);
        if (!fills) fills = PyList_New(0);
        if (!fill || !fills || PyList_Append(fills, fill) < 0) { Py_XDECREF(fill); Py_XDECREF(fills); return NULL; }
        Py_DECREF(fill);
        size -= shares;
        maker->size -= shares;
        if (!maker->size) take_out(book, maker);
    }
    if (size) {
        Order *order = PyMem_Malloc(sizeof(Order));
        if (!order) { Py_XDECREF(fills); return PyErr_NoMemory(); }
        *order = (Order){.before = book->last[price], .number = number, .size = size, .price = price, .is_bid = is_bid, .stands = 1};
        if (remember(book, order) < 0) { PyMem_Free(order); Py_XDECREF(fills); return PyErr_NoMemory(); }
        if (order->before) order->before->after = order; else book->first[price] = order;
        book->last[price] = order;
        if (is_bid && price > book->bid) book->bid = price;
        if (!is_bid && price < book->ask) book->ask = price;
    }
    if (fills) return fills;
    Py_RETURN_NONE;
}

/* cancel(number) -> whether it stood */
static PyObject *cancel(PyObject *self, PyObject *arg) {
    Book *book = (Book *)self;
    long number = PyLong_AsLong(arg);
    if (PyErr_Occurred()) return NULL;
    Order *order = number >= 0 && number < book->room ? book->orders[number] : NULL;
    if (!order || !order->stands) Py_RETURN_FALSE;
    take_out(book, order);
    Py_RETURN_TRUE;
}

static PyObject *new_book(PyTypeObject *type, PyObject *args, PyObject *words) {
    Book *book = (Book *)type->tp_alloc(type, 0);
    if (book) book->ask = PRICES;
    return (PyObject *)book;
}

static void forget(PyObject *self) {
    Book *book = (Book *)self;
    for (long number = 0; number < book->room; number++) PyMem_Free(book->orders[number]);
    PyMem_Free(book->orders);
    Py_TYPE(self)->tp_free(self);
}

static PyMethodDef methods[] = {
    {"submit", (PyCFunction)(void (*)(void))submit, METH_FASTCALL, "A limit order; None or the fills."},
    {"cancel", cancel, METH_O, "Take it out; whether it stood."},
    {NULL, NULL, 0, NULL},
};

static PyTypeObject BookType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "steelyard_yardstick.Book",
    .tp_basicsize = sizeof(Book),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_new = new_book,
    .tp_dealloc = forget,
    .tp_methods = methods,
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, .m_name = "steelyard_yardstick", .m_size = -1};

PyMODINIT_FUNC PyInit_steelyard_yardstick(void) {
    PyObject *made = PyType_Ready(&BookType) < 0 ? NULL : PyModule_Create(&module);
    if (made && PyModule_AddObjectRef(made, "Book", (PyObject *)&BookType) < 0) { Py_DECREF(made); return NULL; }
    return made;
}
